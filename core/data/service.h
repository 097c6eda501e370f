/*
 * service.h: a model behind HTTP: what is sent to it, and where in its answer what stands. Made from a config's keys over a preset's, by
 * the same function for who checks a config and who asks the model.
 *
 * A mapping is a few words in front of paths (json_path.h):
 *
 *     "each"   PATH, or "columns" with a PATH before it: lists of equal length in place of rows
 *     "box"    ORDER UNIT : one path to a list, or one a number      ORDER xyxy xywh cxcywh yxyx xxyy
 *     "obb"    UNIT : 8 corners                                      UNIT  px, unit (0 to 1), net WxH, letterbox WxH
 *              cxcywhr-rad UNIT : …, cxcywhr-deg UNIT : …
 *     "poly"   UNIT : EACH-PATH : x, y   UNIT flat : PATH   UNIT columns : X-PATH, Y-PATH   UNIT pairs : PATH
 *     "class"  name : PATH, id : PATH (from 0), id-1 : PATH (from 1), key : PATH (the key under which it stands)
 *     "time"   ms : PATH, s : PATH                "size"   width path, height path
 *     "rle", "score", "count"  PATH               "error"  PATH | PATH | …
 */
#pragma once
#include "core/data/json_path.h"
#include "core/data/model.h"

enum bx_unit_kind { BX_UNIT_PX, BX_UNIT_ONE, BX_UNIT_NET, BX_UNIT_LETTERBOX };
struct bx_place_unit {
    enum bx_unit_kind kind;
    double w, h; /* of the network's input */
};
enum bx_box_order { BX_XYXY, BX_XYWH, BX_CXCYWH, BX_YXYX, BX_XXYY, BX_CXCYWHR_RAD, BX_CXCYWHR_DEG, BX_CORNERS };
enum bx_poly_form { BX_POLY_POINTS, BX_POLY_FLAT, BX_POLY_COLUMNS, BX_POLY_PAIRS };
enum bx_class_form { BX_CLASS_NAME, BX_CLASS_ID, BX_CLASS_ID1, BX_CLASS_KEY };
enum { BX_PLACE_PATHS = 8, BX_ERROR_PATHS = 8 };

struct bx_mapped_place { /* a box, corners, an outline */
    enum bx_box_order order;
    enum bx_poly_form form;
    struct bx_place_unit unit;
    struct bx_json_path path[BX_PLACE_PATHS];
    size_t n; /* of path: 0: there is none; 1: a list of all numbers */
};
struct bx_mapping {
    bool columns;
    struct bx_json_path each, count, score, class, rle, width, height, time, error[BX_ERROR_PATHS];
    size_t nerror;
    struct bx_mapped_place box, obb, poly; /* those that the task is scored by; of the others n is 0 */
    enum bx_class_form class_form;
    double score_scale; /* a score is divided by it */
    double time_ns;     /* one of the answer's units of time */
    bool empty_ok;      /* no list: no detections */
    bool thin_ok;       /* an outline of fewer than three points: the prediction is left out, and counted */
};

enum bx_send { BX_SEND_RAW, BX_SEND_BASE64, BX_SEND_MULTIPART, BX_SEND_JSON };
struct bx_service {
    const char *url, *method;
    const char *const *headers; /* "Name: value" with ${…} */
    size_t nheaders;
    const char *const *query; /* "name=value" with ${…} */
    size_t nquery;
    enum bx_send send;
    const char *mime;  /* NULL: the image's */
    const char *field; /* of a multipart body: the image's */
    const char *const *parts;
    size_t nparts;    /* "name=value" */
    const char *json; /* a template */
    struct bx_mapping mapping;
    const char *add_url, *add_json; /* Roboflow: what loads the model, before images; NULL: nothing */
    const char *remark;             /* what a reader of its numbers should know, or NULL */
};

/* False: e (BX_CONFIG) says what is wrong, *key which of the backend's keys has it. Memory is a's; texts of b may stay in it. */
bool bx_service_of(const struct bx_backend_config *b, enum bx_task task, struct bx_service *s, const char **key, struct bx_arena *a,
                   struct bx_err *e);

/* The host of a URL that passed as one, lower case, a port and brackets left out: what secrets are granted for. */
void bx_service_host(const char *url, char out[256]);

/* presets.c: what is known of servers, as the keys of an "http" config; those that the config has come before. */
struct bx_preset {
    const char *name, *words; /* words: of --help and the guide */
    const char *headers[2];   /* sent where `env` names a key, ${key} */
    const char *send, *json, *each, *count, *box, *obb, *poly, *rle, *score, *class_, *size, *time, *error;
    bool empty_ok, thin_ok;
};
extern const struct bx_preset bx_presets[];
extern const size_t bx_npresets;
extern const struct bx_preset bx_preset_roboflow; /* what both its routes answer */
