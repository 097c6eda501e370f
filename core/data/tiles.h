/*
 * tiles.h: detections on the tiles that a large image was cut into, put back on the image. A tile is called IMAGE__SCALE__X___Y, as DOTA's
 * development kit has it: a point of the tile is ((x + X) / SCALE, (y + Y) / SCALE) on the image. Ultralytics and mmrotate write the width
 * of the window in SCALE's place and do not scale: a whole number from BX_TILE_WINDOW is that.
 *
 * What several tiles saw of one object is merged as the kit's ResultMerge does it: of an image's detections of one class, by falling score,
 * one stays unless it overlaps one that stays by more than a limit. Oriented boxes: IoU of what they cover, more than 0.1 (its
 * multi-process form); upright boxes: more than 0.3 (its plain form), of pixels, so that a side is x2 - x1 + 1. Of equal scores the first
 * in the file goes before.
 */
#pragma once
#include "core/base/json_reader.h"
#include "core/data/detections.h"

#define BX_TILE_SCALE  16    /* the largest that is a scale */
#define BX_TILE_WINDOW 32    /* the least that is a window's width */
#define BX_TILES_MOST  20000 /* detections of one class on one image that are merged: each is compared with those that stay */

struct bx_tile {
    double x, y, scale;
};
/* Is it so called? An extension and folders do not matter. `image`: what stands before. scale 0: it is, but of no scale that can be. */
bool bx_tile_name(struct bx_slice name, struct bx_slice *image, struct bx_tile *t);
void bx_tile_points(const struct bx_tile *t, double *xy, size_t n);
void bx_tile_box(const struct bx_tile *t, double box[4]);

/* Merges the detections of images i with tiled[i], in place; *merged: how many went. BX_DATA: more than BX_TILES_MOST. */
bool bx_tiles_merge(struct bx_detections *d, const bool *tiled, enum bx_geometry g, size_t *merged, struct bx_err *e);
