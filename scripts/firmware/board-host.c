/* The parts of the board's program that know no register, run on this machine. Prints what failed;
 * the exit code is the number of failures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inbox.h"
#include "outbox.h"
#include "pixels.h"

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

static void test_inbox(void) {
  inbox box;
  inbox_init(&box);
  uint8_t body[1000], wire[2100];
  /* Every length that fits, and some that do not. */
  for (size_t length = 0; length <= 300; length++) {
    for (size_t i = 0; i < length; i++) body[i] = (uint8_t)(chance(3) == 0 ? 0 : chance(256));
    const size_t size = packet(wire, PACKET_COMMAND, body, length);
    const uint32_t dropped = box.dropped;
    int came = 0;
    for (size_t i = 0; i < size; i++) {
      inbox_packet found;
      if (!inbox_take(&box, wire[i], &found)) continue;
      came++;
      CHECK(found.type == PACKET_COMMAND && found.sequence == 7 && found.length == length);
      CHECK(memcmp(found.body, body, length) == 0);
    }
    if (length <= INBOX_SIZE - 10) CHECK(came == 1 && box.dropped == dropped);
    CHECK(came + (int)(box.dropped - dropped) == 1);
  }
  /* One changed bit is always seen. */
  for (int turn = 0; turn < 3000; turn++) {
    const size_t length = chance(40);
    for (size_t i = 0; i < length; i++) body[i] = (uint8_t)chance(256);
    const size_t size = packet(wire, PACKET_PING, body, length);
    wire[1 + chance((uint32_t)size - 2)] ^= (uint8_t)(1u << chance(8));
    for (size_t i = 0; i < size; i++) {
      inbox_packet found;
      CHECK(!inbox_take(&box, wire[i], &found));
    }
  }
  /* Noise is survived, and the next packet is taken. */
  for (int turn = 0; turn < 200000; turn++) {
    inbox_packet found;
    inbox_take(&box, (uint8_t)chance(chance(2) ? 256 : 4), &found);
  }
  const size_t size = packet(wire, PACKET_HELLO, body, 9);
  int came = 0;
  for (size_t i = 0; i < size; i++) {
    inbox_packet found;
    came += inbox_take(&box, wire[i], &found);
  }
  CHECK(came == 1);
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
  test_inbox();
  test_jpeg();
  test_files();
  if (failures == 0) printf("sound\n");
  return failures < 100 ? failures : 100;
}
