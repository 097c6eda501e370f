/* seen.h: the images of a test set that a model may have been trained on, and its numbers without them. */
#pragma once
#include "core/runner/night.h"

/* After the models: of each whose training_data names manifests of images, by a name of the settings or as a file of its folder, which of
 * the boards' images are in them, looked up once for each pair of images and manifest; and a report a board without these images, of
 * answers that are there. What a manifest lacks is said with its model, and never an end of anything. False: the store. */
bool bx_night_seen(struct bx_night_state *n, struct bx_err *e);
