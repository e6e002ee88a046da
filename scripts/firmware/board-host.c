/* The parts of the board's program that know no register, run on this machine. Prints what failed;
 * the exit code is the number of failures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outbox.h"
#include "pixels.h"
#include "scribe_host.h"

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

/* A copy of exactly this size, so that the sanitizer sees a read beyond it. */
static uint8_t *exact(const void *bytes, size_t length) {
  uint8_t *copy = malloc(length > 0 ? length : 1);
  if (copy == NULL) exit(100);
  if (length > 0) memcpy(copy, bytes, length);
  return copy;
}

/* What is put in comes out, in order, with one half in flight at any time. */
static void test_outbox(void) {
  uint8_t memory[2 * 64], sent[20000], expected[20000];
  size_t sent_count = 0, expected_count = 0;
  outbox box;
  outbox_init(&box, memory, 64);
  const uint8_t *bytes = NULL;
  size_t length = 0;
  CHECK(!outbox_take(&box, &bytes, &length));
  uint32_t refused = 0;
  for (int turn = 0; turn < 2000; turn++) {
    uint8_t packet[65];
    const size_t size = 1 + chance(sizeof packet);
    for (size_t i = 0; i < size; i++) packet[i] = (uint8_t)chance(256);
    if (expected_count + size > sizeof expected) break;
    if (outbox_put(&box, packet, size)) {
      memcpy(expected + expected_count, packet, size);
      expected_count += size;
    } else {
      refused++;
      CHECK(size > 64 || box.fill > 0);
    }
    if (box.sending) {
      if (chance(3) == 0) {
        /* Sent only now: filling the other half must not have touched it. */
        memcpy(sent + sent_count, bytes, length);
        sent_count += length;
        outbox_sent(&box);
      } else {
        const uint8_t *other;
        size_t more;
        CHECK(!outbox_take(&box, &other, &more));
      }
    } else {
      outbox_take(&box, &bytes, &length);
    }
  }
  do {
    if (box.sending) {
      memcpy(sent + sent_count, bytes, length);
      sent_count += length;
      outbox_sent(&box);
    }
  } while (outbox_take(&box, &bytes, &length));
  CHECK(refused > 0 && expected_count > 10000);
  CHECK(sent_count == expected_count && memcmp(sent, expected, sent_count) == 0);
}

static size_t packet(uint8_t *wire, uint8_t type, const uint8_t *body, size_t length) {
  uint8_t bytes[2048] = {(uint8_t)(SCRIBE_PROTOCOL_VERSION << 4 | type), 7, 0, 0, 0, 0};
  memcpy(bytes + 6, body, length);
  const uint32_t crc = scribe_crc32(0, bytes, 6 + length);
  for (int i = 0; i < 4; i++) bytes[6 + length + (size_t)i] = (uint8_t)(crc >> 8 * i);
  wire[0] = 0;
  const size_t size = scribe_cobs_encode(wire + 1, bytes, 10 + length);
  wire[1 + size] = 0;
  return size + 2;
}

/* A board that keeps what it sends. */
static uint8_t kept[4096];
static size_t kept_count;
static bool keep(void *context, const uint8_t *bytes, size_t length) {
  (void)context;
  if (length > sizeof kept - kept_count) kept_count = 0;
  memcpy(kept + kept_count, bytes, length);
  kept_count += length;
  return true;
}

static scribe_request asked;
static scribe_answer ask(void *context, const scribe_request *request) {
  (void)context;
  asked = *request;
  return SCRIBE_DONE;
}

static scribe_encoder encoder;
static uint8_t encoder_buffer[SCRIBE_BUFFER_SIZE(SCRIBE_DEFAULT_MTU)];

static void start_host(scribe_host *host, uint32_t rate) {
  const scribe_config config = {
      .write = keep, .buffer = encoder_buffer, .buffer_size = sizeof encoder_buffer};
  CHECK(scribe_init(&encoder, &config) == SCRIBE_OK);
  const scribe_host_config heard = {.encoder = &encoder, .rate = rate, .request = ask};
  CHECK(scribe_host_init(host, &heard) == SCRIBE_OK);
  CHECK(encoder.capabilities == 3);
}

static void hear(scribe_host *host, const uint8_t *bytes, size_t length, uint32_t now) {
  for (size_t i = 0; i < length; i++) scribe_host_hear(host, bytes[i], now);
}

static void test_hearing(void) {
  scribe_host host;
  start_host(&host, 0);
  uint8_t body[1000], wire[2100];
  enum { PING = 8, PONG = 9, COMMAND = 12, RESPONSE = 13 };
  /* Every length that fits, and some that do not. */
  for (size_t length = 0; length <= 300; length++) {
    for (size_t i = 0; i < length; i++) body[i] = (uint8_t)(chance(3) == 0 ? 0 : chance(256));
    const uint32_t heard = host.packets_heard, dropped = host.packets_dropped;
    hear(&host, wire, packet(wire, PING, body, length), 0);
    CHECK(host.packets_heard - heard + host.packets_dropped - dropped == 1);
    if (length <= SCRIBE_HOST_PACKET - 10) CHECK(host.packets_heard == heard + 1);
    kept_count = 0;
    scribe_host_answer(&host);
    CHECK((kept_count > 0) == (host.packets_heard > heard && length >= 4));
    scribe_host_answer(&host);
  }
  /* One changed bit is always seen. */
  const uint32_t heard = host.packets_heard;
  for (int turn = 0; turn < 3000; turn++) {
    const size_t length = chance(40);
    for (size_t i = 0; i < length; i++) body[i] = (uint8_t)chance(256);
    const size_t size = packet(wire, PING, body, length);
    wire[1 + chance((uint32_t)size - 2)] ^= (uint8_t)(1u << chance(8));
    hear(&host, wire, size, 0);
  }
  CHECK(host.packets_heard == heard);
  /* Noise is survived, and the next packet is taken. */
  for (int turn = 0; turn < 200000; turn++) {
    scribe_host_hear(&host, (uint8_t)chance(chance(2) ? 256 : 4), 0);
  }
  hear(&host, wire, packet(wire, PING, body, 9), 0);
  CHECK(host.packets_heard == heard + 1);
  scribe_host_answer(&host);

  /* Commands: what they ask for, and what is wrong with them. */
  static const struct {
    uint8_t body[13];
    size_t length;
    scribe_answer answer;
  } commands[] = {
      {{1, 0, 1, 5, 3}, 5, SCRIBE_DONE},        {{2, 0, 1, 1, 1}, 5, SCRIBE_REFUSED},
      {{3, 0, 1, 9, 0}, 5, SCRIBE_REFUSED},     {{4, 0, 1, 5}, 4, SCRIBE_MALFORMED},
      {{15, 0, 1, 1, 2}, 5, SCRIBE_DONE},       {{16, 0, 1, 1, 3}, 5, SCRIBE_REFUSED},
      {{17, 0, 1, 5, 7}, 5, SCRIBE_REFUSED},    {{18, 0, 1, 0, 1}, 5, SCRIBE_DONE},
      {{5, 0, 2, 1, 0, 2, 0, 3, 0, 4, 0}, 11, SCRIBE_DONE},
      {{6, 0, 2, 1, 0, 2, 0, 3, 0, 4}, 10, SCRIBE_MALFORMED},
      {{7, 0, 3, 16, 39, 0, 0}, 7, SCRIBE_DONE}, {{8, 0, 4, 96, 0}, 5, SCRIBE_DONE},
      {{9, 0, 4, 95, 0}, 5, SCRIBE_REFUSED},    {{10, 0, 4, 253, 0}, 5, SCRIBE_REFUSED},
      {{11, 0, 5}, 3, SCRIBE_DONE},             {{12, 0, 0}, 3, SCRIBE_UNKNOWN},
      {{13, 0, 8}, 3, SCRIBE_UNKNOWN},          {{14, 0, 255}, 3, SCRIBE_UNKNOWN},
      {{19, 0, 6, 2}, 4, SCRIBE_DONE},          {{20, 0, 6, 4}, 4, SCRIBE_REFUSED},
      {{21, 0, 6}, 3, SCRIBE_MALFORMED},        {{22, 0, 7, 2, 0xF6}, 5, SCRIBE_DONE},
      {{23, 0, 7, 3, 90}, 5, SCRIBE_REFUSED},   {{24, 0, 7, 1}, 4, SCRIBE_MALFORMED},
  };
  for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
    memset(&asked, 0xFF, sizeof asked);
    /* Asked twice before it is answered, it is answered once. */
    for (int again = 0; again < 2; again++) {
      hear(&host, wire, packet(wire, COMMAND, commands[i].body, commands[i].length), 0);
    }
    kept_count = 0;
    scribe_host_answer(&host);
    const uint8_t answer[] = {commands[i].body[0], commands[i].body[1], commands[i].body[2],
                              (uint8_t)commands[i].answer};
    uint8_t expected[64];
    size_t size = packet(expected, RESPONSE, answer, sizeof answer);
    /* The number of the packet is the board's. */
    CHECK(kept_count == size && encoder.sequence > 0);
    if (i == 0) CHECK(asked.kind == SCRIBE_ASK_FORMAT && asked.format == SCRIBE_BILEVEL && asked.coded);
    if (i == 8) CHECK(asked.x == 1 && asked.y == 2 && asked.width == 3 && asked.height == 4);
    if (i == 10) CHECK(asked.kind == SCRIBE_ASK_RATE && asked.rate == 10000);
    if (i == 18) CHECK(asked.kind == SCRIBE_ASK_DELIVERY && asked.text && !asked.images);
    if (i == 21) CHECK(asked.kind == SCRIBE_ASK_EXPOSURE && asked.exposure == 2 && asked.more == -10);
  }
  CHECK(encoder.mtu == 96 && encoder.refresh_due);
}

/* A line that carries `rate` bytes a second and loses some; the host tells what has arrived. */
static void test_flow(void) {
  scribe_host host;
  start_host(&host, 0);
  uint8_t body[8], wire[64];
  enum { CREDIT = 10 };
  uint32_t received = 0, flying = 0, most = 0, sent = 0, now = 5;
  uint8_t queue[65536]; /* the last byte of each packet has its number, the others none */
  bool ends[65536] = {false};
  uint16_t first = 0, last = 0;
  uint8_t arrived = 255;
  for (int turn = 0; turn < 200000; turn++) {
    const size_t length = 20 + chance(235);
    const bool lossy = turn / 10000 % 2 == 1;
    if (scribe_host_may_send(&host, length, now)) {
      scribe_host_sent(&host, length, now);
      last = (uint16_t)(last + length);
      queue[(uint16_t)(last - 1)] = encoder.sequence++;
      ends[(uint16_t)(last - 1)] = true;
      flying += (uint32_t)length;
      sent++;
    }
    if (host.has_credit && flying > most && turn % 10000 > 100) most = flying;
    /* The line takes 20 bytes a millisecond, and loses some packets. */
    for (int i = 0; i < 20 && first != last; i++, first++, flying--) {
      received++;
      if (!ends[first]) continue;
      ends[first] = false;
      if (!lossy || chance(5) > 0) arrived = queue[first];
    }
    now++;
    if (now % 10 == 0 && !(lossy && chance(10) == 0)) {
      body[0] = arrived;
      body[1] = 0;
      body[2] = 0;
      body[3] = 2048 >> 8;
      hear(&host, wire, packet(wire, CREDIT, body, 4), now);
    }
  }
  /* Never more on its way than the window, and the line busy all the same. */
  CHECK(most <= 2048 + 255);
  CHECK(received > 200000 * 19);
  CHECK(host.stalls < 20 && sent > 10000);

  /* A silent host: nothing for a while, then as the rate allows. */
  start_host(&host, 18000);
  uint32_t bytes = 0;
  for (now = 1000; now < 11000; now++) {
    while (scribe_host_may_send(&host, 255, now)) {
      scribe_host_sent(&host, 255, now);
      bytes += 255;
    }
  }
  CHECK(bytes > 179000 && bytes < 181000);
  /* A packet that is larger than what the rate gives at once. */
  start_host(&host, 1000);
  bytes = 0;
  for (now = 1000; now < 61000; now++) {
    if (scribe_host_may_send(&host, 255, now)) {
      scribe_host_sent(&host, 255, now);
      bytes += 255;
    }
  }
  CHECK(bytes > 59000 && bytes < 61000);
  /* The clock may wrap. */
  start_host(&host, 18000);
  bytes = 0;
  now = 0xFFFFF000u;
  for (int turn = 0; turn < 10000; turn++, now++) {
    if (scribe_host_may_send(&host, 100, now)) {
      scribe_host_sent(&host, 100, now);
      bytes += 100;
    }
  }
  CHECK(bytes > 179000 && bytes < 181000);
}

static size_t trim(const char *bytes, size_t length, size_t *skip) {
  uint8_t *copy = exact(bytes, length);
  const size_t size = jpeg_trim(copy, length, skip);
  free(copy);
  return size;
}

static void test_jpeg(void) {
  size_t skip = 9;
  CHECK(trim("\xFF\xD8\xFF\xE0zz\xFF\xD9", 8, &skip) == 8 && skip == 0);
  CHECK(trim("\xFF\xD8\xFF\xE0zz\xFF\xD9\0\0\0", 11, &skip) == 8 && skip == 0);
  CHECK(trim("\x12\xFF\xFF\xD8\xFF\xE0zz\xFF\xD9\0", 11, &skip) == 8 && skip == 2);
  /* A thumbnail's end is not the end. */
  CHECK(trim("\xFF\xD8\xFF\xE1\xFF\xD9zz\xFF\xD9", 10, &skip) == 10);
  CHECK(trim("\xFF\xD8\xFF\xE0zzzz", 8, &skip) == 0);
  CHECK(trim("zz\xFF\xD9", 4, &skip) == 0);
  CHECK(trim("\xFF\xD8\xFF\xD9", 4, &skip) == 0);
  CHECK(trim("", 0, &skip) == 0);
  CHECK(trim("\xFF\xD8", 2, &skip) == 0);
  char late[100] = {0};
  memcpy(late + 80, "\xFF\xD8\xFF\xE0zz\xFF\xD9", 8);
  CHECK(trim(late, sizeof late, &skip) == 0);
  for (int turn = 0; turn < 20000; turn++) {
    char noise[90];
    const size_t length = chance(sizeof noise);
    for (size_t i = 0; i < length; i++) noise[i] = "\xFF\xD8\xD9\x01"[chance(4)];
    const size_t size = trim(noise, length, &skip);
    if (size == 0) continue;
    CHECK(skip + size <= length && memcmp(noise + skip, "\xFF\xD8\xFF", 3) == 0);
    CHECK(memcmp(noise + skip + size - 2, "\xFF\xD9", 2) == 0);
  }
}

static size_t pgm(const char *text, size_t length, uint16_t *width, uint16_t *height) {
  uint8_t *copy = exact(text, length);
  const size_t size = pgm_header(copy, length, width, height);
  free(copy);
  return size;
}

static void test_files(void) {
  uint16_t width, height;
  CHECK(pgm("P5\n320 240\n255\nxx", 17, &width, &height) == 15 && width == 320 && height == 240);
  CHECK(pgm("P5 # by x\n8 # w\n 9 255 ", 23, &width, &height) == 23 && width == 8 && height == 9);
  static const char *const bad[] = {"", "P", "P5", "P5\n", "P5\n320", "P5\n320 240 255",
                                    "P2\n1 1 255\n", "P5\n0 1 255\n", "P5\n1 1 65535\n",
                                    "P5\n99999 1 255\n", "P5\n1 1 255#", "\xFF\xD8\xFF"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    CHECK(pgm(bad[i], strlen(bad[i]), &width, &height) == 0);
  }
  CHECK(size_prefix("320x240:a", &width, &height) == 8 && width == 320 && height == 240);
  static const char *const plain[] = {"", "a.pgm", "320", "320x", "320x240", "x240:a", "0x1:a",
                                      "/tmp/3x3.pgm", "99999x1:a"};
  for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
    CHECK(size_prefix(plain[i], &width, &height) == 0);
  }
  uint8_t gray[4] = {10, 1, 20, 2};
  yuyv_to_gray(gray, gray, 2);
  CHECK(gray[0] == 10 && gray[1] == 20);
}

int main(void) {
  test_outbox();
  test_hearing();
  test_flow();
  test_jpeg();
  test_files();
  if (failures == 0) printf("sound\n");
  return failures < 100 ? failures : 100;
}
