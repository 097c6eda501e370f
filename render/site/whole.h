/* whole.h: the key of a whole site: everything that is read for one, as the files that it is. */
#pragma once
#include "render/site/inputs.h"
#include "render/site/site.h"

/* false: the database was written to in this very moment, and may be again without a file's time telling. */
bool bx_whole_key(const struct bx_site_options *o, const struct bx_inputs *in, uint8_t key[32]);
