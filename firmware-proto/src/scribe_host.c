#include "scribe_host.h"

#include <string.h>

#include "scribe_packet.h"

/* After so long without any credit, nobody grants any. */
#define CREDIT_LIFE_MS 2000u
/* A window of which nothing was acknowledged for so long was lost. */
#define LOST_MS 300u
/* Milliseconds of the rate that an idle wire may send at once. */
#define BURST_MS 20u

enum { CAPABILITY_CREDIT = 1, CAPABILITY_COMMAND = 2 };

enum { DELIVER_IMAGES = 1, DELIVER_TEXT = 2 };

/* The last of scribe_exposure_way, whose file boards without a camera of their own need not have. */
#define MOST_EXPOSURE 2

enum { CODEC_RAW = 0, CODEC_JPEG = 1, CODEC_LOSSLESS = 2, CODEC_BILEVEL = 3 };

static uint16_t get_u16(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

static uint32_t get_u32(const uint8_t *at) {
  return get_u16(at) | (uint32_t)get_u16(at + 2) << 16;
}

scribe_status scribe_host_init(scribe_host *host, const scribe_host_config *config) {
  if (host == NULL || config == NULL || config->encoder == NULL) return SCRIBE_BAD_ARGUMENT;
  memset(host, 0, sizeof *host);
  host->config = *config;
  config->encoder->capabilities |= CAPABILITY_CREDIT | CAPABILITY_COMMAND;
  return SCRIBE_OK;
}

/* ---- Packets. ---- */

/* Decodes COBS in place; returns the packet's size, or 0 if a block reaches beyond the end. */
static size_t unstuff(uint8_t *bytes, size_t length) {
  size_t in = 0, out = 0;
  while (in < length) {
    const size_t count = bytes[in++] - 1u;
    if (count > length - in) return 0;
    memmove(bytes + out, bytes + in, count);
    out += count;
    in += count;
    if (count != 254 && in < length) bytes[out++] = 0;
  }
  return out;
}

static uint16_t in_flight(const scribe_host *host) {
  return (uint16_t)(host->sent - host->arrived);
}

static void take_credit(scribe_host *host, const uint8_t *body, uint32_t now_ms) {
  const uint8_t sequence = body[0];
  const uint8_t since = (uint8_t)(host->config.encoder->sequence - 1 - sequence);
  if (since > host->packets) return; /* too old, or of another board */
  /* If the number is the same as before, nothing sent since then has arrived. */
  if (!host->has_credit || since < host->packets) host->progress_ms = now_ms;
  if (since < host->packets) {
    host->arrived = host->sent_at[sequence % SCRIBE_HOST_IN_FLIGHT];
    host->packets = since;
  }
  host->window = get_u16(body + 2);
  host->has_credit = true;
  host->credit_ms = now_ms;
}

static void take_command(scribe_host *host, const uint8_t *body, size_t length) {
  const uint16_t token = get_u16(body);
  for (int i = 0; i < host->command_count; i++) {
    if (host->commands[i].token == token) return; /* asked again before it was answered */
  }
  if (host->command_count == SCRIBE_HOST_COMMANDS) return; /* the host will ask again */
  const size_t count = length - 3 < sizeof host->commands[0].arguments
                           ? length - 3
                           : sizeof host->commands[0].arguments;
  host->commands[host->command_count].token = token;
  host->commands[host->command_count].command = body[2];
  host->commands[host->command_count].length = (uint8_t)count;
  memcpy(host->commands[host->command_count].arguments, body + 3, count);
  host->command_count++;
}

static void take_packet(scribe_host *host, size_t size, uint32_t now_ms) {
  const uint8_t *const body = host->bytes + SCRIBE_HEADER_SIZE;
  const size_t length = size - SCRIBE_HEADER_SIZE - SCRIBE_CRC_SIZE;
  host->packets_heard++;
  switch (host->bytes[0] & 15) {
    case SCRIBE_TYPE_PING:
      if (length < 4) break;
      host->token = get_u32(body);
      host->pong_due = true;
      break;
    case SCRIBE_TYPE_HELLO: host->hello_due = true; break;
    case SCRIBE_TYPE_CREDIT:
      if (length >= 4) take_credit(host, body, now_ms);
      break;
    case SCRIBE_TYPE_COMMAND:
      if (length >= 3) take_command(host, body, length);
      break;
    default: break;
  }
}

void scribe_host_hear(scribe_host *host, uint8_t byte, uint32_t now_ms) {
  if (byte != 0) {
    if (host->fill < sizeof host->bytes) {
      host->bytes[host->fill++] = byte;
    } else {
      host->too_long = true;
    }
    return;
  }
  const size_t filled = host->fill;
  const bool too_long = host->too_long;
  host->fill = 0;
  host->too_long = false;
  if (filled == 0) return;
  const size_t size = too_long ? 0 : unstuff(host->bytes, filled);
  if (size < SCRIBE_HEADER_SIZE + SCRIBE_CRC_SIZE ||
      scribe_crc32(0, host->bytes, size - SCRIBE_CRC_SIZE) !=
          get_u32(host->bytes + size - SCRIBE_CRC_SIZE) ||
      host->bytes[0] >> 4 != SCRIBE_PROTOCOL_VERSION) {
    host->packets_dropped++;
    return;
  }
  take_packet(host, size, now_ms);
}

/* ---- Answers. ---- */

/* Reads the format of a command; refuses one that no image can have. */
static scribe_answer read_format(scribe_request *request, uint8_t format, uint8_t codec) {
  request->coded = codec == CODEC_LOSSLESS || codec == CODEC_BILEVEL;
  request->format = format == 0 ? SCRIBE_JPEG : (scribe_format)format;
  bool known = false;
  switch (codec) {
    case CODEC_RAW: known = format >= SCRIBE_GRAY8 && format <= SCRIBE_GRAY4; break;
    case CODEC_JPEG: known = format == 0; break;
    case CODEC_LOSSLESS: known = format == SCRIBE_GRAY8; break;
    case CODEC_BILEVEL: known = format == SCRIBE_BILEVEL; break;
    default: break;
  }
  return known ? SCRIBE_DONE : SCRIBE_REFUSED;
}

static scribe_answer read_request(scribe_request *request, uint8_t command,
                                  const uint8_t *arguments, size_t length) {
  static const uint8_t sizes[] = {2, 8, 4, 2, 0, 1, 2};
  if (command < SCRIBE_ASK_FORMAT || command > SCRIBE_ASK_EXPOSURE) return SCRIBE_UNKNOWN;
  if (length < sizes[command - 1]) return SCRIBE_MALFORMED;
  memset(request, 0, sizeof *request);
  request->kind = (scribe_request_kind)command;
  switch (request->kind) {
    case SCRIBE_ASK_FORMAT: return read_format(request, arguments[0], arguments[1]);
    case SCRIBE_ASK_REGION:
      request->x = get_u16(arguments);
      request->y = get_u16(arguments + 2);
      request->width = get_u16(arguments + 4);
      request->height = get_u16(arguments + 6);
      break;
    case SCRIBE_ASK_RATE: request->rate = get_u32(arguments); break;
    case SCRIBE_ASK_DELIVERY:
      request->images = (arguments[0] & DELIVER_IMAGES) != 0;
      request->text = (arguments[0] & DELIVER_TEXT) != 0;
      if (!request->images && !request->text) return SCRIBE_REFUSED;
      break;
    case SCRIBE_ASK_EXPOSURE:
      request->exposure = arguments[0];
      request->more = (int8_t)arguments[1];
      if (request->exposure > MOST_EXPOSURE) return SCRIBE_REFUSED;
      break;
    case SCRIBE_ASK_MTU:
    case SCRIBE_ASK_REFRESH: break;
  }
  return SCRIBE_DONE;
}

static scribe_answer obey(scribe_host *host, uint8_t command, const uint8_t *arguments,
                          size_t length) {
  scribe_encoder *const encoder = host->config.encoder;
  scribe_request request;
  const scribe_answer answer = read_request(&request, command, arguments, length);
  if (answer != SCRIBE_DONE) return answer;
  if (request.kind == SCRIBE_ASK_MTU) {
    return scribe_set_mtu(encoder, get_u16(arguments)) == SCRIBE_OK ? SCRIBE_DONE : SCRIBE_REFUSED;
  }
  if (request.kind == SCRIBE_ASK_REFRESH) {
    scribe_refresh(encoder);
    return SCRIBE_DONE;
  }
  if (host->config.request == NULL) return SCRIBE_UNKNOWN;
  return host->config.request(host->config.request_context, &request);
}

void scribe_host_answer(scribe_host *host) {
  scribe_encoder *const encoder = host->config.encoder;
  /* Each flag is cleared first: sending the answer may receive the next request. */
  if (host->pong_due) {
    host->pong_due = false;
    scribe_pong(encoder, host->token);
  }
  if (host->hello_due) {
    host->hello_due = false;
    scribe_hello(encoder);
    encoder->descriptor_sent = false;
  }
  while (host->command_count > 0) {
    const uint8_t command = host->commands[0].command;
    const uint16_t token = host->commands[0].token;
    uint8_t arguments[sizeof host->commands[0].arguments];
    const size_t length = host->commands[0].length;
    memcpy(arguments, host->commands[0].arguments, sizeof arguments);
    host->command_count--;
    memmove(host->commands, host->commands + 1, host->command_count * sizeof host->commands[0]);
    const scribe_answer answer = obey(host, command, arguments, length);
    if (!scribe_respond(encoder, token, command, (uint8_t)answer)) break;
  }
}

/* ---- Speed. ---- */

bool scribe_host_may_send(scribe_host *host, size_t length, uint32_t now_ms) {
  if (host->has_credit && now_ms - host->credit_ms > CREDIT_LIFE_MS) host->has_credit = false;
  if (host->has_credit) {
    const uint16_t flying = in_flight(host);
    if (flying == 0 ||
        (flying + length <= host->window && host->packets < SCRIBE_HOST_IN_FLIGHT)) {
      return true;
    }
    if (now_ms - host->progress_ms <= LOST_MS) return false;
    host->stalls++;
    host->arrived = host->sent;
    host->packets = 0;
    host->progress_ms = now_ms;
    return true;
  }
  if (host->config.rate == 0) return true;
  const uint32_t full = host->config.rate * BURST_MS / 1000u;
  const uint32_t elapsed = now_ms - host->allowance_ms;
  const uint32_t earned = elapsed < 1000u ? elapsed * host->config.rate / 1000u : full;
  if (earned == 0) return host->allowance >= length;
  /* The part of a byte left over by whole milliseconds stays in the clock. */
  host->allowance_ms += elapsed < 1000u ? earned * 1000u / host->config.rate : elapsed;
  /* An idle wire takes any packet. */
  const uint32_t most = length > full ? (uint32_t)length : full;
  host->allowance = host->allowance + earned < most ? host->allowance + earned : most;
  return host->allowance >= length;
}

void scribe_host_sent(scribe_host *host, size_t length, uint32_t now_ms) {
  if (in_flight(host) == 0) host->progress_ms = now_ms;
  host->sent = (uint16_t)(host->sent + length);
  host->sent_at[host->config.encoder->sequence % SCRIBE_HOST_IN_FLIGHT] = host->sent;
  if (host->packets < SCRIBE_HOST_IN_FLIGHT) host->packets++;
  host->allowance -= (uint32_t)(length < host->allowance ? length : host->allowance);
}
