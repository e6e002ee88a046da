/* Parts that a board left alone relies on, run on this machine: counters that survive resets, and
 * exposure for what is read, with a simulated camera. Prints what failed, and how the exposures
 * went with the argument `-v`; the exit code is the number of failures. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scribe_exposure.h"
#include "scribe_life.h"
#include "sensor.h"

static int failures;

static void check(bool holds, const char *what, int line) {
  if (holds) return;
  printf("line %d: %s\n", line, what);
  failures++;
}
#define CHECK(condition) check(condition, #condition, __LINE__)

static uint32_t seed = 1;
static uint32_t chance(uint32_t below) {
  seed = seed * 1664525u + 1013904223u;
  return (uint32_t)((uint64_t)seed * below >> 32);
}

static void fill(scribe_life_memory *memory) {
  uint8_t *const bytes = (uint8_t *)memory;
  for (size_t i = 0; i < sizeof *memory; i++) bytes[i] = (uint8_t)chance(256);
}

/* ---- Counters. ---- */

static void test_counting(void) {
  scribe_life_memory memory;
  scribe_life life;
  /* Whatever lies there after power-on is told from counters. */
  for (int turn = 0; turn < 20000; turn++) {
    fill(&memory);
    if (turn == 0) memset(&memory, 0, sizeof memory);
    if (turn == 1) memset(&memory, 0xFF, sizeof memory);
    CHECK(!scribe_life_start(&life, &memory, SCRIBE_START_POWER));
    CHECK(life.counts.starts == 1 && life.start == SCRIBE_START_POWER);
    CHECK(life.counts.images == 0 && life.counts.brown_outs == 0);
  }
  static const scribe_start starts[] = {
      SCRIBE_START_PIN,   SCRIBE_START_WATCHDOG, SCRIBE_START_WATCHDOG,  SCRIBE_START_FAULT,
      SCRIBE_START_POWER, SCRIBE_START_SOFTWARE, SCRIBE_START_BROWN_OUT, SCRIBE_START_UNKNOWN};
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
    life.counts.images += 10;
    scribe_life_count(&life.counts.camera_restarts);
    scribe_life_keep(&life);
    life.counts.images += 5; /* not kept */
    memset(&life, 0xAA, sizeof life);
    CHECK(scribe_life_start(&life, &memory, starts[i]));
    CHECK(life.start == starts[i] && life.counts.starts == 2 + i);
    CHECK(life.counts.images == 10 * (i + 1) && life.counts.camera_restarts == i + 1);
  }
  CHECK(life.counts.watchdogs == 2 && life.counts.faults == 1 && life.counts.brown_outs == 1);

  /* A supply that was low when power came back: a brown-out, counted once. */
  scribe_life_supply(&life, true);
  scribe_life_supply(&life, true);
  CHECK(life.counts.brown_outs == 2);
  CHECK(scribe_life_start(&life, &memory, SCRIBE_START_POWER));
  CHECK(life.start == SCRIBE_START_BROWN_OUT && life.counts.brown_outs == 2);
  scribe_life_supply(&life, true);
  scribe_life_supply(&life, false);
  CHECK(scribe_life_start(&life, &memory, SCRIBE_START_POWER));
  CHECK(life.start == SCRIBE_START_POWER && life.counts.brown_outs == 3);

  /* Full counters stay. */
  life.counts.camera_restarts = UINT16_MAX;
  scribe_life_count(&life.counts.camera_restarts);
  CHECK(life.counts.camera_restarts == UINT16_MAX);
}

/* A reset in the middle of writing, after any number of words, costs one count at most. */
static void test_cut_writing(void) {
  for (int cut = 0; cut <= SCRIBE_LIFE_WORDS; cut++) {
    for (uint32_t before = 1; before < 6; before++) {
      scribe_life_memory memory, after;
      memset(&memory, 0, sizeof memory);
      scribe_life life;
      scribe_life_start(&life, &memory, SCRIBE_START_POWER);
      /* The generations wrap on the way. */
      life.generation = UINT32_MAX - 3;
      for (uint32_t i = 0; i < 2 + before; i++) {
        life.counts.images++;
        scribe_life_keep(&life);
      }
      after = memory;
      life.memory = &after;
      life.counts.images++;
      scribe_life_keep(&life);
      scribe_life_memory torn = memory;
      int written = 0;
      for (int copy = 0; copy < 2; copy++) {
        if (memcmp(after.copies[copy], memory.copies[copy], sizeof after.copies[copy]) == 0) continue;
        for (int i = 0; i < cut; i++, written++) torn.copies[copy][i] = after.copies[copy][i];
      }
      CHECK(written == cut);
      CHECK(scribe_life_start(&life, &torn, SCRIBE_START_WATCHDOG));
      const uint32_t images = 2 + before;
      CHECK(life.counts.images == images + (cut == SCRIBE_LIFE_WORDS));
      /* One bit changed in the newer copy: the older one counts. */
      torn = after;
      torn.copies[chance(2)][chance(SCRIBE_LIFE_WORDS)] ^= 1u << chance(32);
      CHECK(scribe_life_start(&life, &torn, SCRIBE_START_WATCHDOG));
      CHECK(life.counts.images == images || life.counts.images == images + 1);
    }
  }
}

static uint8_t sent[512];
static size_t sent_count;
static bool keep(void *context, const uint8_t *bytes, size_t length) {
  (void)context;
  memcpy(sent, bytes, length);
  sent_count = length;
  return true;
}

/* STATS with and without counters of the board's life, as PROTOCOL.md has them. */
static void test_stats(void) {
  static uint8_t buffer[SCRIBE_BUFFER_SIZE(SCRIBE_DEFAULT_MTU)];
  static scribe_encoder encoder;
  const scribe_config config = {.write = keep, .buffer = buffer, .buffer_size = sizeof buffer};
  CHECK(scribe_init(&encoder, &config) == SCRIBE_OK);
  CHECK(scribe_stats(&encoder, 5) == SCRIBE_OK);
  const size_t plain = sent_count;
  scribe_life life = {.counts = {.images = 0x04030201,
                                 .starts = 0x0605,
                                 .brown_outs = 0x0807,
                                 .watchdogs = 0x0A09,
                                 .faults = 0x0C0B,
                                 .camera_restarts = 0x0E0D},
                      .start = SCRIBE_START_WATCHDOG};
  CHECK(scribe_life_stats(&life, &encoder, 5) == SCRIBE_OK);
  CHECK(sent_count == plain + 15);
  /* Without a zero in it, it stands on the wire as it is, before the CRC. */
  static const uint8_t told[] = {4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14};
  bool found = false;
  for (size_t at = 0; at + sizeof told <= sent_count; at++) {
    found = found || memcmp(sent + at, told, sizeof told) == 0;
  }
  CHECK(found);
  for (int start = 0; start < 8; start++) {
    CHECK(strlen(scribe_start_text((scribe_start)start)) > 4);
  }
}

/* ---- Exposure. ---- */

enum { WIDTH = 160, HEIGHT = 120 };

/* Light of a picture: the wall, and a display with print in it. */
typedef struct {
  const char *name;
  double wall, paper, ink;
  bool without;  /* no display */
  bool own_does; /* the camera's own level is good enough */
} scene;

static const scene scenes[] = {
    {"dark display, white wall", 1.0, 0.06, 0.015, false, false},
    {"lit digits in the dark", 0.004, 0.02, 1.0, false, false},
    {"display in the shade", 0.8, 0.15, 0.05, false, false},
    {"sunlit label, dark room", 0.02, 0.9, 0.1, false, false},
    {"print on paper", 0.5, 0.6, 0.1, false, true},
    {"dim room", 0.02, 0.03, 0.004, false, true},
    {"a wall alone", 0.5, 0, 0, true, true},
};

static const scribe_box display = {.x = 60, .y = 50, .width = 36, .height = 12};

typedef struct {
  double gain;   /* of light, as its automatics have it or as it is set by hand */
  double gamma;  /* 1 as the sensor sees, 0.45 as chips put out */
  bool by_hand;
  uint8_t gray[WIDTH * HEIGHT];
} camera;

/* The mean that the automatics hold. */
#define HELD 90.0
/* An exposure of 50 is a gain of 1. */
static uint8_t exposure_of(const camera *c) {
  return (uint8_t)lround(fmax(0, fmin(104, 50 + 8 * log2(c->gain))));
}

static double light_at(const scene *s, int x, int y) {
  const bool in_display = !s->without && x >= 50 && x < 110 && y >= 44 && y < 70;
  if (!in_display) return s->wall;
  const bool in_text = x >= display.x && x < display.x + display.width && y >= display.y &&
                       y < display.y + display.height;
  return in_text && (x / 3) % 2 == 0 ? s->ink : s->paper;
}

/* One image; then the automatics go a part of the way to the mean that they should hold. */
static void photograph(camera *c, const scene *s) {
  double mean = 0;
  for (int y = 0; y < HEIGHT; y++) {
    for (int x = 0; x < WIDTH; x++) {
      const double raw = fmin(1.0, c->gain * light_at(s, x, y));
      mean += raw * 255;
      const double noise = (chance(1000) / 1000.0 - 0.5) * 3;
      c->gray[y * WIDTH + x] = (uint8_t)fmax(0, fmin(255, 255 * pow(raw, c->gamma) + noise));
    }
  }
  mean = fmax(mean / (WIDTH * HEIGHT), 0.5);
  const double step = fmax(0.25, fmin(4, pow(HELD / mean, 0.7)));
  if (!c->by_hand) c->gain = fmax(0.013, fmin(100, c->gain * step));
}

/* A stand-in for a reader: contrast between print and what it stands on, and neither so light that
 * it blooms. */
static bool reads(const camera *c, const scene *s) {
  if (s->without) return false;
  double sums[2] = {0, 0};
  for (int y = display.y; y < display.y + display.height; y++) {
    for (int x = display.x; x < display.x + display.width; x++) {
      sums[(x / 3) % 2] += c->gray[y * WIDTH + x];
    }
  }
  const double half = display.width * display.height / 2.0;
  const double ink = sums[0] / half, paper = sums[1] / half;
  return fabs(ink - paper) > 40 && c->gain * fmax(s->ink, s->paper) < 4;
}

static void look(scribe_exposure *e, const camera *c, const scene *s) {
  if (reads(c, s)) scribe_exposure_look(e, c->gray, WIDTH, &display);
}

static void expose(scribe_exposure *e, camera *c) {
  if (!scribe_exposure_next(e, exposure_of(c))) return;
  c->by_hand = e->by_hand;
  if (e->by_hand) c->gain = pow(2, (e->step - 50) / 8.0);
}

/* The number read of the last 20 of `images`. */
static int last_read(scribe_exposure *e, camera *c, const scene *s, int images) {
  int read = 0;
  for (int i = 0; i < images; i++) {
    photograph(c, s);
    if (i >= images - 20) read += reads(c, s);
    look(e, c, s);
    expose(e, c);
  }
  return read;
}

static void test_exposing(bool tells) {
  static camera c;
  for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
    for (int chip = 0; chip < 2; chip++) {
      const scene *const s = scenes + i;
      scribe_exposure e;
      c = (camera){.gain = 1, .gamma = chip ? 0.45 : 1};
      scribe_exposure_init(&e, 0, 104);
      const int by_itself = last_read(&e, &c, s, 60);
      CHECK(!e.by_hand && !c.by_hand);
      /* The scenes that this is made for can't be read without it. */
      CHECK(by_itself == (s->without || !s->own_does ? 0 : 20));
      CHECK(scribe_exposure_set(&e, SCRIBE_EXPOSE_TEXT, 0));
      const int for_text = last_read(&e, &c, s, 100);
      if (tells) {
        printf("%-26s gamma %.2f: %2d of 20 read, for text %2d, %s, light %u to %u\n", s->name,
               c.gamma, by_itself, for_text, e.by_hand ? "by hand" : "automatics", e.light.low,
               e.light.high);
      }
      if (!s->without) {
        CHECK(for_text == 20);
        CHECK(e.light.high >= 152 && e.light.high < 245 && e.light.high - e.light.low >= 40);
        /* It rests. */
        const uint8_t step = e.step;
        const bool by_hand = e.by_hand;
        last_read(&e, &c, s, 60);
        CHECK(e.step == step && e.by_hand == by_hand);
        /* The light goes down to a quarter, and comes back. */
        scene dim = *s;
        dim.wall /= 4, dim.paper /= 4, dim.ink /= 4;
        CHECK(last_read(&e, &c, &dim, 150) == 20);
        CHECK(last_read(&e, &c, s, 150) == 20);
        /* The display goes; nothing is read until it is back. */
        scene gone = *s;
        gone.without = true;
        CHECK(last_read(&e, &c, &gone, 133) == 0);
        CHECK(last_read(&e, &c, s, 150) == 20);
      }
      /* And the automatics come back. */
      CHECK(scribe_exposure_set(&e, SCRIBE_EXPOSE_CAMERA, 0));
      c.by_hand = e.by_hand;
      CHECK(last_read(&e, &c, s, 60) == by_itself && !e.by_hand);
    }
  }
}

static void test_ways(void) {
  scribe_exposure e;
  scribe_exposure_init(&e, 10, 90);
  CHECK(!scribe_exposure_set(&e, 3, 9) && e.way == SCRIBE_EXPOSE_CAMERA);
  for (int i = 0; i < 50; i++) CHECK(!scribe_exposure_next(&e, 40) && !e.by_hand);
  CHECK(scribe_exposure_set(&e, SCRIBE_EXPOSE_HOLD, -12));
  CHECK(scribe_exposure_next(&e, 40) && e.by_hand && e.step == 28);
  for (int i = 0; i < 50; i++) CHECK(!scribe_exposure_next(&e, 28) && e.by_hand && e.step == 28);
  /* Another hold is from the automatics again, once these have settled. */
  CHECK(scribe_exposure_set(&e, SCRIBE_EXPOSE_HOLD, 127) && !e.by_hand);
  for (uint32_t i = 0; i < SCRIBE_EXPOSURE_AUTOMATICS_SETTLE; i++) {
    CHECK(!scribe_exposure_next(&e, 40) && !e.by_hand);
  }
  CHECK(scribe_exposure_next(&e, 40) && e.step == 90);

  /* Any gray at all keeps within what the camera can, and a step to two stops or a trial. */
  static uint8_t gray[64 * 64];
  CHECK(scribe_exposure_set(&e, SCRIBE_EXPOSE_TEXT, 0));
  for (int turn = 0; turn < 3000; turn++) {
    const uint32_t first = chance(256), range = 1 + chance(256 - first);
    for (size_t i = 0; i < sizeof gray; i++) gray[i] = (uint8_t)(first + chance(range));
    const scribe_box box = {.x = (uint16_t)chance(32), .y = (uint16_t)chance(32),
                            .width = (uint16_t)(1 + chance(32)), .height = (uint16_t)(1 + chance(32))};
    scribe_exposure_look(&e, gray, 64, &box);
    const int before = e.by_hand ? e.step : 50;
    const bool was_by_hand = e.by_hand;
    const unsigned tries = e.tries;
    const bool changed = scribe_exposure_next(&e, 50);
    CHECK(changed == (e.by_hand != was_by_hand || (e.by_hand && e.step != before)));
    CHECK(!e.by_hand || (e.step >= 10 && e.step <= 90));
    if (e.tries == tries && e.by_hand) CHECK(e.step <= before + 16 && e.step >= before - 8);
  }
}

/* Registers for an exposure, and the exposure of registers: the chips' formula in floating point. */
static void test_registers(void) {
  static const uint16_t most[] = {500, 666};
  for (int chip = 0; chip < 2; chip++) {
    double before = 0;
    for (int exposure = 0; exposure <= 130; exposure++) {
      const sensor_exposing e = sensor_lines((uint8_t)exposure, most[chip]);
      CHECK(e.lines >= 1 && e.lines <= most[chip] && (e.gain == 0 || e.lines == most[chip]));
      double light = e.lines * (1 + (e.gain & 15) / 16.0);
      for (int bit = 4; bit < 8; bit++) light *= e.gain >> bit & 1 ? 2 : 1;
      CHECK(light >= before);
      before = light;
      const double wanted = fmin(pow(2, fmin(exposure, 104) / 8.0), 15.5 * most[chip]);
      if (exposure >= 24) CHECK(fabs(8 * log2(light / wanted)) < 0.8);
      const int back = sensor_eighths(e);
      if (exposure >= 40 && exposure <= 100) CHECK(back <= exposure && back >= exposure - 1);
      CHECK(fabs(back - 8 * log2(light)) < 1.1 || light > 8000);
    }
  }
  CHECK(sensor_eighths((sensor_exposing){.lines = 0, .gain = 0}) == 0);
  CHECK(sensor_eighths((sensor_exposing){.lines = 65535, .gain = 255}) == CAMERA_MOST_EXPOSURE);
}

int main(int count, char **arguments) {
  test_counting();
  test_cut_writing();
  test_stats();
  test_ways();
  test_registers();
  test_exposing(count > 1 && strcmp(arguments[1], "-v") == 0);
  if (failures == 0) printf("sound\n");
  return failures < 100 ? failures : 100;
}
