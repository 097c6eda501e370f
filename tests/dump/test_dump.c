/* What programs leave of their predictions: each format as its own program writes it, and what is wrong with it. Boxes were computed by
 * hand from the texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/dump/fuzz_dump.c"
#include "core/data/tiles.h"
#include "tests/random.h"
#include <math.h>

struct found {
    int image;
    const char *class;
    double score, box[4];
};
static const struct sample {
    const char *what;
    bool folder;
    enum bx_geometry g;
    const char *files[6]; /* name, text, … */
    struct found found[6];
    size_t nfound, strays, shapeless, twice;
    const char *error; /* NULL: it is read */
} samples[] = {
    {"label files of boxes",
     true,
     BX_GEOM_BOX,
     {"labels/a.txt", "0 0.5 0.5 0.25 0.5 0.9\n1 0.125 0.25 0.25 0.5 0.25\n", "labels/x.txt", "0 0.5 0.5 0.2 0.2 0.5\n"},
     {{0, "bolt", 0.9, {60, 25, 40, 50}}, {0, "wing nut", 0.25, {0, 0, 40, 50}}},
     2,
     1,
     0,
     0,
     NULL},
    {"label files that were appended to",
     true,
     BX_GEOM_BOX,
     {"a.txt", "0 0.5 0.5 0.25 0.5 0.9\n\n0 0.5 0.5 0.25 0.5 0.9\r\n"},
     {{0, "bolt", 0.9, {60, 25, 40, 50}}},
     1,
     0,
     0,
     1,
     NULL},
    {"label files with tracks",
     true,
     BX_GEOM_BOX,
     {"b.c.txt", "1.0 0.5 0.5 0.25 0.5 0.9 17\n"},
     {{1, "wing nut", 0.9, {30, 10, 20, 20}}},
     1,
     0,
     0,
     0,
     NULL},
    {"label files of corners",
     true,
     BX_GEOM_OBB,
     {"a.txt", "0 0.25 0.25 0.5 0.25 0.5 0.75 0.25 0.75 0.5\n0 0.5 0.5 0.25 0.5 0.9\n"},
     {{0, "bolt", 0.5, {40, 25, 40, 50}}},
     1,
     0,
     1,
     0,
     NULL},
    {"label files of polygons",
     true,
     BX_GEOM_MASK,
     {"a.txt", "0 0.25 0.25 0.5 0.25 0.25 0.75 0.5\n"},
     {{0, "bolt", 0.5, {40, 25, 40, 50}}},
     1,
     0,
     0,
     0,
     NULL},
    {"polygons as boxes",
     true,
     BX_GEOM_BOX,
     {"a.txt", "0 0.25 0.25 0.5 0.25 0.25 0.75 0.5\n"},
     {{0, "bolt", 0.5, {40, 25, 40, 50}}},
     1,
     0,
     0,
     0,
     NULL},
    {"label files with names",
     true,
     BX_GEOM_BOX,
     {"a.txt", "1 0.5 0.5 0.25 0.5 0.9\n", "classes.txt", "nut\nbolt\n"},
     {{0, "bolt", 0.9, {60, 25, 40, 50}}},
     1,
     0,
     0,
     0,
     NULL},
    {"label files without confidences",
     true,
     BX_GEOM_BOX,
     {"a.txt", "0 0.5 0.5 0.25 0.5\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "a.txt:1: found 5 words, expected a class, coordinates and a confidence"},
    {"corners without confidences",
     true,
     BX_GEOM_OBB,
     {"a.txt", "0 0.25 0.25 0.5 0.25 0.5 0.75 0.25 0.75\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "a.txt:1: found 9 words"},
    {"tracks for confidences",
     true,
     BX_GEOM_BOX,
     {"a.txt", "0 0.5 0.5 0.25 0.5 0.9\n0 0.5 0.5 0.25 0.5 17\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "a.txt:2: found the confidence 17, expected 0 to 1"},
    {"a class that is none",
     true,
     BX_GEOM_BOX,
     {"a.txt", "bolt 0.5 0.5 0.25 0.5 0.9\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "a.txt:1: found the class 'bolt'"},
    {"a number that is none",
     true,
     BX_GEOM_BOX,
     {"a.txt", "0 0.5 nan 0.25 0.5 0.9\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "a.txt:1: found 'nan', expected a number"},
    {"other images",
     true,
     BX_GEOM_BOX,
     {"q.txt", "0 0.5 0.5 0.25 0.5 0.9\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "found detections of 'q' and of no image of the test set, expected names as 'a.jpg'"},
    {"DOTA's oriented boxes",
     true,
     BX_GEOM_OBB,
     {"Task1_bolt.txt", "a 0.75 1 2 11 2 11 22 1 22\nb.c 0.5 0 0 1 0 1 1 0 1\n", "Task1_wing-nut.txt", "a 0.25 0 0 2 0 2 2 0 2\n"},
     {{0, "bolt", 0.75, {1, 2, 10, 20}}, {0, "wing nut", 0.25, {0, 0, 2, 2}}, {1, "bolt", 0.5, {0, 0, 1, 1}}},
     3,
     0,
     0,
     0,
     NULL},
    {"DOTA's upright boxes, one file",
     false,
     BX_GEOM_BOX,
     {"Task2_bolt.txt", "a 0.75 1 2 11 22\n"},
     {{0, "bolt", 0.75, {1, 2, 10, 20}}},
     1,
     0,
     0,
     0,
     NULL},
    {"too few corners",
     true,
     BX_GEOM_OBB,
     {"Task1_bolt.txt", "\na 0.75 1 2 11 2 11 22 1\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "Task1_bolt.txt:2: found 9 words, expected an image, a score and x1 y1"},
    {"a score that is none",
     true,
     BX_GEOM_OBB,
     {"Task1_bolt.txt", "a x 1 2 11 2 11 22 1 22\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "Task1_bolt.txt:1: found a word that is no number"},
    /* Tiles of a.jpg, 160 x 100. Two tiles at scale 1 saw one bolt: (40 + 10, 5) and (50, 0 + 5), 20 x 10 each, are the same; the wing nut
     * there is of another class, and the bolt beside it overlaps by 4 of 16 pixels' width: 50 / 350 of 21 x 11. */
    {"tiles of upright boxes",
     true,
     BX_GEOM_BOX,
     {"Task2_bolt.txt", "a__1__40___0 0.5 10 5 30 15\na__1__0___0.png 0.75 50 5 70 15\na__1__0___5 0.25 66 0 86 10\n", "Task2_wing_nut.txt",
      "x/a__1__40___0 0.625 10 5 30 15\n"},
     {{0, "bolt", 0.75, {50, 5, 20, 10}}, {0, "bolt", 0.25, {66, 5, 20, 10}}, {0, "wing nut", 0.625, {50, 5, 20, 10}}},
     3,
     0,
     0,
     0,
     NULL},
    /* IoU of pixels: 21 x 11 and 21 x 11, shifted by 11: 10 * 11 / (2 * 231 - 110) = 0.3125; by 12: 99 / 363 = 0.27. On b.c.jpg nothing is
     * a tile, and nothing is merged. */
    {"upright boxes are merged above 0.3, on tiled images alone",
     true,
     BX_GEOM_BOX,
     {"Task2_bolt.txt", "a__1__0___0 0.5 0 0 20 10\na__1__0___50 0.5 0 0 20 10\na__1__11___0 0.25 0 0 20 10\na__1__12___50 0.25 0 0 20 10\n"
                        "b.c 0.5 0 0 20 10\nb.c 0.25 0 0 20 10\n"},
     {{0, "bolt", 0.5, {0, 0, 20, 10}},
      {0, "bolt", 0.5, {0, 50, 20, 10}},
      {0, "bolt", 0.25, {12, 50, 20, 10}},
      {1, "bolt", 0.5, {0, 0, 20, 10}},
      {1, "bolt", 0.25, {0, 0, 20, 10}}},
     5,
     0,
     0,
     0,
     NULL},
    /* Scales: (10 + 30) / 0.5 = 80, sides doubled; (20 + 100) / 2 = 60. A window's width scales nothing. */
    {"tiles of another scale, and windows",
     true,
     BX_GEOM_BOX,
     {"Task2_bolt.txt", "a__0.5__30___10 0.5 10 5 20 10\na__2.0__100___0 0.25 20 100 40 120\nb.c__1024__7___8 0.5 1 2 3 4\n"},
     {{0, "bolt", 0.5, {80, 30, 20, 10}}, {0, "bolt", 0.25, {60, 50, 10, 10}}, {1, "bolt", 0.5, {8, 10, 2, 2}}},
     3,
     0,
     0,
     0,
     NULL},
    /* Squares of side 10, turned by 45 degrees: hulls that touch at corners share nothing. Upright ones shifted by 8 of 10: 20 / 180 =
     * 0.111 goes, by 9: 10 / 190 = 0.053 stays. */
    {"tiles of oriented boxes",
     true,
     BX_GEOM_OBB,
     {"Task1_bolt.txt", "a__1__0___0 0.75 0 0 10 0 10 10 0 10\na__1__8___0 0.5 0 0 10 0 10 10 0 10\na__1__0___9 0.25 0 0 10 0 10 10 0 10\n"
                        "a__1__50___50 0.5 10 0 20 10 10 20 0 10\na__1__61___61 0.5 10 0 20 10 10 20 0 10\n"},
     {{0, "bolt", 0.75, {0, 0, 10, 10}},
      {0, "bolt", 0.25, {0, 9, 10, 10}},
      {0, "bolt", 0.5, {50, 50, 20, 20}},
      {0, "bolt", 0.5, {61, 61, 20, 20}}},
     4,
     0,
     0,
     0,
     NULL},
    {"rows of tiles",
     false,
     BX_GEOM_BOX,
     {"s.csv",
      "x_min,y_min,x_max,y_max,class_name,confidence,file_name\n1,2,3,4,bolt,0.5,a__1__40___20.jpg\n1,2,3,4,bolt,0.5,q__1__40___20.jpg\n"},
     {{0, "bolt", 0.5, {41, 22, 2, 2}}},
     1,
     1,
     0,
     0,
     NULL},
    {"NUL characters in names of columns and of images",
     false,
     BX_GEOM_BOX,
     {"r.json",
      "[{\"x_min\": 1, \"y_min\": 2, \"x_max\": 3, \"y_max\": 4, \"class_name\": \"bolt\", \"confidence\": 0.5, \"\\u0000_name\": 1, "
      "\"image\": \"a\"}, {\"x_min\": 1, \"y_min\": 2, \"x_max\": 3, \"y_max\": 4, \"class_name\": \"bolt\", \"confidence\": 0.5, "
      "\"image\": \"\\u0000.jpg and much more of it than there is room for in a copy that ends where the text seems to end\"}]"},
     {{0, "bolt", 0.5, {1, 2, 2, 2}}},
     1,
     1,
     0,
     0,
     NULL},
    {"COCO results of tiles, by image_id and by file name, beside whole images",
     false,
     BX_GEOM_BOX,
     {"r.json", "[{\"image_id\": \"a__1__40___0\", \"category_id\": 2, \"bbox\": [10, 5, 20, 10], \"score\": 0.5},"
                "{\"image_id\": 7, \"file_name\": \"x/a__1__0___0.png\", \"category_id\": 2, \"bbox\": [50, 5, 20, 10], \"score\": 0.75},"
                "{\"image_id\": \"b.c\", \"category_id\": 1, \"bbox\": [1, 2, 3, 4], \"score\": 0.25},"
                "{\"image_id\": \"a__0.5__30___10\", \"category_id\": 1, \"bbox\": [10, 5, 10, 5], \"score\": 0.625},"
                "{\"image_id\": \"q__1__0___0\", \"category_id\": 1, \"bbox\": [10, 5, 10, 5], \"score\": 0.625}]"},
     {{0, "wing nut", 0.75, {50, 5, 20, 10}}, {0, "bolt", 0.625, {80, 30, 20, 10}}, {1, "bolt", 0.25, {1, 2, 3, 4}}},
     3,
     1,
     0,
     0,
     NULL},
    {"COCO results of a tile outside its image",
     false,
     BX_GEOM_BOX,
     {"r.json", "[{\"image_id\": \"a__1__0___100\", \"category_id\": 2, \"bbox\": [1, 2, 3, 4], \"score\": 0.5}]"},
     {{0}},
     0,
     0,
     0,
     0,
     "r.json: found the tile 'a__1__0___100', which begins outside the image 'a.jpg' of 160 x 100"},
    {"COCO results of oriented boxes on tiles, lines",
     false,
     BX_GEOM_OBB,
     {"r.json", "{\"image_id\": \"a__1__40___0\", \"category_id\": 2, \"obb\": [0, 0, 10, 0, 10, 10, 0, 10], \"score\": 0.5}\n"
                "{\"image_id\": \"a__1__48___0\", \"category_id\": 2, \"obb\": [0, 0, 10, 0, 10, 10, 0, 10], \"score\": 0.25}\n"},
     {{0, "wing nut", 0.5, {40, 0, 10, 10}}},
     1,
     0,
     0,
     0,
     NULL},
    {"a tile of no scale",
     true,
     BX_GEOM_BOX,
     {"Task2_bolt.txt", "a 0.5 1 1 2 2\na__0__0___0 0.5 1 1 2 2\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "Task2_bolt.txt:2: found the tile 'a__0__0___0', expected a scale above 0 and up to 16, or a window's width from 32"},
    {"a tile of too large a scale",
     true,
     BX_GEOM_BOX,
     {"Task2_bolt.txt", "a__17__0___0 0.5 1 1 2 2\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "found the tile 'a__17__0___0', expected a scale"},
    {"a tile to the right of its image",
     true,
     BX_GEOM_BOX,
     {"Task2_bolt.txt", "a__1__160___0 0.5 1 1 2 2\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "Task2_bolt.txt:1: found the tile 'a__1__160___0', which begins outside the image 'a.jpg' of 160 x 100"},
    {"a tile below its image",
     true,
     BX_GEOM_BOX,
     {"Task2_bolt.txt", "a__0.5__0___50 0.5 1 1 2 2\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "which begins outside the image 'a.jpg'"},
    {"label files of tiles",
     true,
     BX_GEOM_BOX,
     {"a__1__0___0.txt", "0 0.5 0.5 0.25 0.5 0.9\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "found the tile 'a__1__0___0' and coordinates that are parts of its size"},
    {"what is no tile's name",
     true,
     BX_GEOM_BOX,
     {"Task2_bolt.txt",
      "a 0.5 1 1 2 2\na__1__0__0 0.5 1 1 2 2\na__1__x___0 0.5 1 1 2 2\n__1__0___0 0.5 1 1 2 2\na__one__0___0 0.5 1 1 2 2\n"
      "a__1__0___1234567890 0.5 1 1 2 2\n"},
     {{0, "bolt", 0.5, {1, 1, 1, 1}}},
     1,
     5,
     0,
     0,
     NULL},
    {"darknet's files for the devkit",
     true,
     BX_GEOM_BOX,
     {"comp4_det_test_bolt.txt", "a 0.75 1 1 11 21\n", "comp4_det_test_wing_nut.txt", "b.c 0.5 3 4 5 6\n"},
     {{0, "bolt", 0.75, {0, 0, 10, 20}}, {1, "wing nut", 0.5, {2, 3, 2, 2}}},
     2,
     0,
     0,
     0,
     NULL},
    {"corners that are swapped",
     false,
     BX_GEOM_BOX,
     {"comp4_det_test_bolt.txt", "a 0.75 11 1 1 21\na 0.5 1 1 2 2\n"},
     {{0, "bolt", 0.5, {0, 0, 1, 1}}},
     1,
     0,
     1,
     0,
     NULL},
    {"darknet's JSON",
     false,
     BX_GEOM_BOX,
     {"r.json",
      "[\n{\n \"frame_id\":1, \n \"filename\":\"img/a.jpg\", \n \"objects\": [ \n  {\"class_id\":5, \"name\":\"bolt\", "
      "\"relative_coordinates\":{\"center_x\":0.5, \"center_y\":0.5, \"width\":0.25, \"height\":0.5}, \"confidence\":0.75}\n ] \n}\n]\n"},
     {{0, "bolt", 0.75, {60, 25, 40, 50}}},
     1,
     0,
     0,
     0,
     NULL},
    {"darknet's JSON, killed, with names of its own",
     false,
     BX_GEOM_BOX,
     {"r.json", "[\n{\n \"frame_id\":1, \n \"filename\":\"C:\\img\\a.jpg\", \n \"objects\": [ \n  {\"class_id\":5, \"name\":\"1\" pipe\", "
                "\"relative_coordinates\":{\"center_x\":0.5, \"center_y\":0.5, \"width\":0.25, \"height\":0.5}, \"confidence\":0.75}, \n  "
                "{\"class_id\":1, \"name\":\"wing nut\", \"relative_co"},
     {{0, "1\" pipe", 0.75, {60, 25, 40, 50}}},
     1,
     0,
     0,
     0,
     NULL},
    {"an object without a place",
     false,
     BX_GEOM_BOX,
     {"r.json", "[{\"frame_id\":1,\"filename\":\"a.jpg\",\"objects\":[{\"class_id\":0,\"confidence\":1}]}]"},
     {{0}},
     0,
     0,
     0,
     0,
     "r.json:1:46: found an object without its four relative_coordinates"},
    {"an object of no file",
     false,
     BX_GEOM_BOX,
     {"r.json", "[{\"frame_id\":1,\"objects\":[{\"class_id\":0}]}]"},
     {{0}},
     0,
     0,
     0,
     0,
     "r.json:1:26: found objects of no 'filename'"},
    {"supervision's JSON",
     false,
     BX_GEOM_BOX,
     {"s.json", "[{\"x_min\":\"1.0\",\"y_min\":2.0,\"x_max\":11,\"y_max\":22,\"class_id\":0,\"confidence\":0.75,\"tracker_id\":\"\","
                "\"class_name\":\"wing nut\",\"image\":\"out/a.jpg\"}]"},
     {{0, "wing nut", 0.75, {1, 2, 10, 20}}},
     1,
     0,
     0,
     0,
     NULL},
    {"supervision's JSON that says no image",
     false,
     BX_GEOM_BOX,
     {"s.json", "[{\"x_min\":1,\"y_min\":2,\"x_max\":11,\"y_max\":22,\"class_id\":0,\"confidence\":0.75}]"},
     {{0}},
     0,
     0,
     0,
     0,
     "s.json:1:2: found no column that says the image"},
    {"supervision's CSV",
     false,
     BX_GEOM_BOX,
     {"s.csv", "x_min,y_min,x_max,y_max,class_id,confidence,tracker_id,image_path\r\n1,2,11,22,1,0.75,,\"x, "
               "\"\"y\"\"/a.jpg\"\r\n1,2,11,22,0,0.5,,b.c.jpg\r\n"},
     {{0, "wing nut", 0.75, {1, 2, 10, 20}}, {1, "bolt", 0.5, {1, 2, 10, 20}}},
     2,
     0,
     0,
     0,
     NULL},
    {"supervision's CSV of oriented boxes",
     false,
     BX_GEOM_OBB,
     {"s.csv", "x_min,y_min,x_max,y_max,class_id,confidence,xyxyxyxy,file_name\n1,2,11,22,0,0.75,\"[[ 1.  2.]\n [11.  2.]\n [11. 22.]\n [ "
               "1. 22.]]\",a.jpg\n1,2,11,22,0,,\"\",a.jpg\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "s.csv:6: found a row without 'confidence'"},
    {"a CSV of fewer cells",
     false,
     BX_GEOM_BOX,
     {"s.csv", "x_min,y_min,x_max,y_max,class_id,confidence,image\n1,2,11,22,0,0.75\n"},
     {{0}},
     0,
     0,
     0,
     0,
     "s.csv:2: found 6 cells, expected 7"},
    {"a CSV that ends in quotes",
     false,
     BX_GEOM_BOX,
     {"s.csv", "x_min,y_min,x_max,y_max,class_id,confidence,image\n1,2,11,22,0,0.75,\"a"},
     {{0}},
     0,
     0,
     0,
     0,
     "s.csv:2: found a cell that does not end"},
    {"a CSV of words",
     false,
     BX_GEOM_BOX,
     {"s.csv", "x_min,y_min,x_max,y_max,class_id,confidence,image\n1,two,11,22,0,0.75,a.jpg"},
     {{0}},
     0,
     0,
     0,
     0,
     "s.csv:2: found 'two' as y_min, expected a number"},
    {"JSON Lines",
     false,
     BX_GEOM_BOX,
     {"p.jsonl", "\xEF\xBB\xBF{\"image\":\"a.jpg\",\"label\":\"bolt\",\"score\":0.9,\"bbox\":[60,25,40,50]}\r\n\r\n"
                 "{\"image\":\"b.c\",\"label\":\"wing nut\",\"score\":0.25,\"bbox\":[0,0,40,50]}"},
     {{0, "bolt", 0.9, {60, 25, 40, 50}}, {1, "wing nut", 0.25, {0, 0, 40, 50}}},
     2,
     0,
     0,
     0,
     NULL},
    {"JSON Lines that break off",
     false,
     BX_GEOM_BOX,
     {"p.jsonl", "{\"image\":\"a.jpg\",\"label\":\"bolt\",\"score\":0.9,\"bbox\":[60,25,40,50]}\n"
                 "{\"image\":\"a.jpg\",\"label\":\"bolt\",\"score\":0.9,\"bbox\":[60,25,40,50]}\n{\"image\":"},
     {{0}},
     0,
     0,
     0,
     0,
     "p.jsonl:4:1"},
    {"FiftyOne's labels",
     false,
     BX_GEOM_BOX,
     {"labels.json", "{\"labels\":{\"a\":[{\"label\":1,\"bounding_box\":[0.25,0.5,0.125,0.25],\"confidence\":0.75},{\"label\":\"bolt\","
                     "\"bounding_box\":[0,0,1,1],\"confidence\":0.5}],\"b.c\":null},\"classes\":[\"nut\",\"wing nut\"]}"},
     {{0, "wing nut", 0.75, {40, 50, 20, 25}}, {0, "bolt", 0.5, {0, 0, 160, 100}}},
     2,
     0,
     0,
     0,
     NULL},
    {"FiftyOne's ground truth",
     false,
     BX_GEOM_BOX,
     {"labels.json", "{\"classes\":[],\"labels\":{\"a\":[{\"label\":\"bolt\",\"bounding_box\":[0,0,1,1]}]}}"},
     {{0}},
     0,
     0,
     0,
     0,
     "labels.json:1:30: found a detection without 'confidence'"},
    {"COCO results",
     true,
     BX_GEOM_BOX,
     {"predictions.json", "[{\"image_id\":\"a\",\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.5}]"},
     {{0, "bolt", 0.5, {1, 2, 3, 4}}},
     1,
     0,
     0,
     0,
     NULL},
    {"one image's list",
     false,
     BX_GEOM_BOX,
     {"r.json", "[{\"name\":\"bolt\",\"class\":0,\"confidence\":0.5,\"box\":{\"x1\":1,\"y1\":2,\"x2\":3,\"y2\":4}}]"},
     {{0}},
     0,
     0,
     0,
     0,
     "r.json: found the detections of one image, which it does not name"},
    {"nothing that is known", false, BX_GEOM_BOX, {"r.bin", "\x80\x04\x95"}, {{0}}, 0, 0, 0, 0, "r.bin: found neither JSON nor DOTA's"},
};

static size_t files_of(const struct sample *s, struct bx_dump_file *files)
{
    size_t n = 0;
    for (; n < 3 && s->files[2 * n]; n++)
        files[n] = (struct bx_dump_file){s->files[2 * n], s->files[2 * n + 1], strlen(s->files[2 * n + 1])};
    return n;
}

static void check_found(const struct sample *s, const struct bx_detections *d)
{
    if (d->n != s->nfound)
        fail_msg("%s: %zu detections, expected %zu", s->what, d->n, s->nfound);
    for (size_t k = 0; k < d->n; k++) {
        const struct found *f = &s->found[k];
        if (strcmp(d->names[d->name[k]], f->class) != 0 || d->score[k] != f->score || k < d->image_begin[f->image] ||
            k >= d->image_begin[f->image + 1])
            fail_msg("%s: detection %zu is '%s' with %g", s->what, k, d->names[d->name[k]], d->score[k]);
        for (size_t i = 0; i < 4; i++)
            if (fabs(d->box[4 * k + i] - f->box[i]) > 1e-9)
                fail_msg("%s: detection %zu has %g at %zu, expected %g", s->what, k, d->box[4 * k + i], i, f->box[i]);
    }
}

static void each_format_is_read(void **state)
{
    (void)state;
    for (const struct sample *s = samples; s < samples + sizeof samples / sizeof *samples; s++) {
        struct bx_dump_file files[3];
        const struct bx_dump dump = {s->folder ? "dumps" : s->files[0], s->folder, files, files_of(s, files)};
        struct bx_arena a = {0};
        const struct bx_testset t = set_of_two(&a);
        struct bx_results_said said;
        const struct bx_results_options o = {.geometry = s->g, .said = &said};
        struct bx_detections d;
        struct bx_err e = {0};
        bool ok = bx_dump_read(&dump, &t, &o, &d, &a, &e);
        if (ok == (s->error != NULL) || (!ok && !strstr(e.text, s->error)))
            fail_msg("%s: '%s'", s->what, ok ? "read" : e.text);
        if (ok) {
            check_found(s, &d);
            if (said.joined[BX_JOIN_NONE] != s->strays || said.shapeless != s->shapeless || said.twice != s->twice)
                fail_msg("%s: %zu strays, %zu shapeless, %zu twice", s->what, said.joined[BX_JOIN_NONE], said.shapeless, said.twice);
        }
        bx_arena_release(&a);
    }
}

/* What is said of tiles, and how many are merged; of too many the class is named. */
static void tiles_are_told(void **state)
{
    (void)state;
    static const size_t counts[] = {3, BX_TILES_MOST, BX_TILES_MOST + 1};
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
        struct bx_arena a = {0};
        BX_CLEANUP_BUF struct bx_buf b = {0}, words = {0};
        const struct bx_testset t = set_of_two(&a);
        struct bx_results_said said = {0};
        const struct bx_results_options o = {.geometry = BX_GEOM_BOX, .said = &said};
        struct bx_detections d;
        struct bx_err e = {0};
        char expected[100];
        for (size_t i = 0; i < counts[k]; i++)
            bx_buf_adds(&b, "a__1__0___0 0.5 1 1 9 9\n");
        const struct bx_dump_file file = {"Task2_bolt.txt", bx_buf_str(&b), b.n};
        const struct bx_dump dump = {"dumps", true, &file, 1};
        bool ok = bx_dump_read(&dump, &t, &o, &d, &a, &e);
        assert_int_equal(ok, counts[k] <= BX_TILES_MOST);
        if (ok) {
            assert_true(d.n == 1 && d.image_begin[1] == 1 && d.image_begin[2] == 1 && said.merged == counts[k] - 1);
            bx_results_words(&said, &t, &d, &words);
            snprintf(expected, sizeof expected, "%zu detections were on tiles", counts[k]);
            assert_true(strstr(bx_buf_str(&words), expected) && bx_results_lost(&said));
        } else
            assert_non_null(strstr(e.text, "found 20001 detections of 'bolt' on the tiles of one image"));
        bx_arena_release(&a);
    }
}

/* Tiles have ids below all of the test set's: where there are none, that is said. */
static void tiles_need_ids(void **state)
{
    (void)state;
    static const char text[] = "[{\"image_id\":\"a__1__0___0\",\"category_id\":1,\"bbox\":[1,1,8,8],\"score\":0.5},"
                               "{\"image_id\":\"a__1__8___0\",\"category_id\":1,\"bbox\":[30,30,9,9],\"score\":0.5}]"; /* two tiles */
    for (int64_t above = 0; above < 4; above++) {
        struct bx_arena a = {0};
        struct bx_testset t = set_of_two(&a);
        const struct bx_results_options o = {.geometry = BX_GEOM_BOX};
        const struct bx_dump_file file = {"r.json", text, sizeof text - 1};
        const struct bx_dump dump = {"r.json", false, &file, 1};
        struct bx_detections d;
        struct bx_err e = {0};
        ((int64_t *)t.image_id)[0] = INT64_MIN + above;
        assert_int_equal(bx_dump_read(&dump, &t, &o, &d, &a, &e), above >= 2);
        assert_true(above >= 2 ? d.n == 2 : strstr(e.text, "has the id -9223372036854775") != NULL);
        bx_arena_release(&a);
    }
}

static void a_folder_is_what_lies_in_it(void **state)
{
    (void)state;
    static const struct {
        enum bx_geometry g;
        const char *names[6], *picked; /* the last of them, NULL: an error */
        size_t n;
    } table[] = {
        {BX_GEOM_BOX, {"args.txt", "predictions.json", "labels/a.txt"}, "predictions.json", 1},
        {BX_GEOM_BOX, {"args.txt", "labels/a.txt", "labels/b.txt"}, "labels/b.txt", 2},
        {BX_GEOM_BOX, {"a.txt", "b.txt"}, "b.txt", 2},
        {BX_GEOM_OBB, {"Task1_a.txt", "Task1_b.txt", "Task2_a.txt", "read.txt"}, "Task1_b.txt", 2},
        {BX_GEOM_BOX, {"Task1_a.txt", "Task2_a.txt", "read.txt"}, "Task2_a.txt", 1},
        {BX_GEOM_BOX, {"comp4_det_test_a.txt", "other.txt"}, "comp4_det_test_a.txt", 1},
        {BX_GEOM_BOX, {"coco_instances_results.json", "log.txt"}, "coco_instances_results.json", 1},
        {BX_GEOM_BOX, {"a.json", "b.json"}, NULL, 0},
        {BX_GEOM_BOX, {NULL}, NULL, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *names[6];
        size_t n = 0;
        struct bx_err e = {0};
        for (; n < 6 && table[i].names[n]; n++)
            names[n] = (char *)(uintptr_t)table[i].names[n];
        size_t picked = bx_dump_pick(names, n, table[i].g, "f", &e);
        if (picked != table[i].n ||
            (picked ? strcmp(names[picked - 1], table[i].picked) != 0 : !strstr(e.text, "'f' is no folder of predictions")))
            fail_msg("%zu: %zu picked, '%s'", i, picked, picked ? names[picked - 1] : e.text);
    }
}

/* Every text cut off anywhere, and with one byte changed. */
static void neighbours_are_read_or_refused(void **state)
{
    (void)state;
    for (const struct sample *s = samples; s < samples + sizeof samples / sizeof *samples; s++) {
        size_t n = strlen(s->files[1]), before = strlen(s->files[0]) + 1;
        for (size_t cut = 0; cut <= n; cut++) {
            uint8_t *text = malloc(before + cut + 1);
            memcpy(text, s->files[0], before);
            memcpy(text + before, s->files[1], cut);
            LLVMFuzzerTestOneInput(text, before + cut);
            for (int k = 0; k < 8 && cut == n && n; k++) {
                size_t at = before + any((uint32_t)n);
                text[at] = (uint8_t) "0123456789-.[]{}\",: \n\0a"[any(24)];
                LLVMFuzzerTestOneInput(text, before + cut);
            }
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_is_read),
        cmocka_unit_test(tiles_are_told),
        cmocka_unit_test(tiles_need_ids),
        cmocka_unit_test(a_folder_is_what_lies_in_it),
        cmocka_unit_test(neighbours_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
