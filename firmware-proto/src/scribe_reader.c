#include <stdint.h>

#if UINTPTR_MAX > 0xFFFF /* an 8-bit Arduino compiles this too, and has no room for it */

#include "scribe_reader.h"

#include "scribe_reader_parts.h"

/* The value of `open` while rows come. */
enum { IS_READING = 1 };

/* Smaller images are read at twice their size: their characters have too few pixels to be cut. */
enum { DOUBLED_WIDTH = 160, DOUBLED_HEIGHT = 120, LEAST_SIDE = 8 };

size_t scribe_reader_size(void) { return sizeof(scribe_reader); }
uint16_t scribe_reader_max_width(void) { return SCRIBE_READER_MAX_WIDTH; }
uint16_t scribe_reader_max_height(void) { return SCRIBE_READER_MAX_HEIGHT; }

scribe_status scribe_reader_init(scribe_reader *reader, const scribe_reader_config *config) {
  const scribe_model *model = config->model;
  if (model == NULL || config->arena == NULL || model->version != SCRIBE_NET_VERSION ||
      model->height != 32 || model->width != 32 || model->channels != 2 ||
      model->label_count == 0 || model->label_count > 256 || model->layer_count == 0) {
    return SCRIBE_BAD_ARGUMENT;
  }
  for (uint16_t i = 0; i < model->label_count; i++) {
    const char *label = model->labels[i];
    if (label[0] != '\0' && (label[0] <= ' ' || label[0] > '~' || label[1] != '\0')) {
      return SCRIBE_BAD_ARGUMENT;
    }
  }
  memset(reader, 0, sizeof *reader);
  reader->config = *config;
  for (uint16_t i = 0; i < model->label_count; i++) {
    reader->characters_of_labels[i] = (uint8_t)model->labels[i][0];
  }
  const uint64_t scale_q24 = scribe_reader_float_q24(model->logit_scale);
  for (uint32_t i = 0; i < 256; i++) {
    const uint64_t minus_q16 = scale_q24 * i >> 8;
    reader->powers_q22[i] = minus_q16 >> 20 ? 0 : scribe_reader_exp_q24((uint32_t)minus_q16) >> 2;
  }
  return SCRIBE_OK;
}

scribe_status scribe_reader_begin(scribe_reader *reader, const scribe_reader_image *image) {
  reader->open = 0;
  if (reader->config.model == NULL || image->gray == NULL || image->width < LEAST_SIDE ||
      image->height < LEAST_SIDE || image->width > SCRIBE_READER_MAX_WIDTH ||
      image->height > SCRIBE_READER_MAX_HEIGHT ||
      (image->stride != 0 && image->stride < image->width)) {
    return SCRIBE_BAD_ARGUMENT;
  }
  reader->image = *image;
  if (image->stride == 0) reader->image.stride = image->width;
  reader->doubled = image->width <= DOUBLED_WIDTH && image->height <= DOUBLED_HEIGHT &&
                    2 * image->width <= SCRIBE_READER_MAX_WIDTH &&
                    2 * image->height <= SCRIBE_READER_MAX_HEIGHT;
  reader->width = (uint16_t)(image->width << reader->doubled);
  reader->height = (uint16_t)(image->height << reader->doubled);
  reader->rows_there = 0;
  memset(&reader->counters, 0, sizeof reader->counters);
  scribe_reader_threshold_begin(reader, false);
  reader->open = IS_READING;
  return SCRIBE_OK;
}

scribe_status scribe_reader_rows(scribe_reader *reader, uint16_t count) {
  if (reader->open != IS_READING) return SCRIBE_BAD_STATE;
  if (count > reader->image.height - reader->rows_there) return SCRIBE_BAD_ARGUMENT;
  reader->rows_there = (uint16_t)(reader->rows_there + count);
  scribe_reader_threshold_advance(reader);
  return SCRIBE_OK;
}

/* Reads a line in windows of columns, or shows it to a visitor if there is one. False if `keep_on`
 * returned false. */
static bool read_line(scribe_reader *reader, const scribe_reader_line *line,
                      const scribe_reader_visitor *visitor, uint16_t number) {
  /* Columns that a patch shows beside its character. */
  enum { CONTEXT = 24 };
  scribe_reader_strip_work *work = &reader->work.strip;
  const int32_t columns = scribe_reader_strip_columns(line);
  work->glyph_count = work->asked = work->answered = 0;
  work->hopeless = false;
  /* Columns before `done` are read. */
  for (int32_t first = 0, done = 0; done < columns;) {
    const int32_t width = scribe_reader_min(SCRIBE_STRIP_WIDTH, columns - first);
    const bool is_last = first + width == columns;
    scribe_reader_make_strip(reader, line, first, width);
    /* Texture is far fainter than print. */
    if (5 * (uint64_t)scribe_reader_strip_contrast_q16(reader, line) <
        scribe_reader_strongest_q16(reader))
      break;
    scribe_reader_cut_pieces(reader);
    int32_t from = 0, end = work->piece_count;
    while (from < end &&
           2 * (work->pieces[from].x + first) + work->pieces[from].width < 2 * done) {
      from++;
    }
    if (!is_last) {
      /* Only whole pieces, up to the widest gap of the window's last third. */
      while (end > from &&
             work->pieces[end - 1].x + work->pieces[end - 1].width > width - CONTEXT) {
        end--;
      }
      int32_t best = end, widest = INT32_MIN;
      for (int32_t i = end; i > from && i < work->piece_count; i--) {
        const scribe_strip_box *a = work->pieces + i - 1, *b = work->pieces + i;
        if (i < end && a->x + a->width < SCRIBE_STRIP_WIDTH * 2 / 3) break;
        if (b->x - a->x - a->width > widest) {
          widest = b->x - a->x - a->width;
          best = i;
        }
      }
      end = best;
    }
    if (end > from && visitor != NULL) {
      const scribe_reader_cut cut = {.line = number, .light_on_dark = line->polarity != 0};
      scribe_reader_show_pieces(reader, from, end, visitor, cut);
    } else if (end > from && !scribe_reader_follow_pieces(reader, from, end)) {
      return false;
    }
    if (work->hopeless || is_last) break;
    /* The next window starts between the last piece that was read and the next one. */
    int32_t next = width - CONTEXT;
    if (end > from) {
      const scribe_strip_box *last = work->pieces + end - 1;
      next = (2 * last->x + last->width) / 2 + 1;
    }
    done = scribe_reader_max(done + 1, first + next);
    first = scribe_reader_max(first + 3, (done - CONTEXT - SCRIBE_STRIP_MARGIN) / 3 * 3);
  }
  return true;
}

/* Whether a point is on a character that was read with certainty, or close beside one. */
static bool is_on_text(const scribe_reader *reader, int32_t x, int32_t y) {
  for (int32_t i = 0; i < reader->line_count; i++) {
    const scribe_text_line *line = reader->lines + i;
    if (!scribe_reader_is_sure(reader, i)) continue;
    for (int32_t k = line->first; k < line->first + line->count; k++) {
      const scribe_box *box = &reader->characters[k].box;
      const int32_t beside = box->height / 4;
      if (x >= box->x - beside && x < box->x + box->width + beside && y >= box->y &&
          y < box->y + box->height) {
        return true;
      }
    }
  }
  return false;
}

/* Whether a line lies on text read with certainty: inside letters, or in gaps between them. */
static bool is_taken(const scribe_reader *reader, const scribe_reader_line *line) {
  enum { PROBES = 16 };
  int32_t taken = 0;
  for (int32_t i = 0; i < PROBES; i++) {
    const int32_t x = line->start + (line->end - line->start) * (2 * i + 1) / (2 * PROBES);
    const int32_t y_q8 =
        line->baseline_q8 + (line->slope_q16 * x >> 8) - line->height_q8 / 2;
    taken += is_on_text(reader, x >> reader->doubled, y_q8 >> (8 + reader->doubled));
  }
  return 2 * taken > PROBES;
}

/* Sorts lines, the largest first: it is the likeliest to be text, and rules out others there. */
static void sort_found(scribe_reader *reader) {
  scribe_reader_line *found = reader->found;
  for (int32_t i = 1; i < reader->found_count; i++) {
    const scribe_reader_line line = found[i];
    int32_t at = i;
    while (at > 0 && (found[at - 1].end - found[at - 1].start) * found[at - 1].height_q8 <
                         (line.end - line.start) * line.height_q8) {
      found[at] = found[at - 1];
      at--;
    }
    found[at] = line;
  }
}

static void find_lines(scribe_reader *reader) {
  reader->found_count = reader->line_count = reader->character_count = 0;
  for (int polarity = 0; polarity < 2; polarity++) {
    scribe_reader_find_components(reader, polarity);
    scribe_reader_find_lines(reader, polarity);
  }
  sort_found(reader);
}

static bool read_ink(scribe_reader *reader) {
  find_lines(reader);
  for (uint16_t i = 0; i < reader->found_count; i++) {
    if (is_taken(reader, reader->found + i)) continue;
    if (!read_line(reader, reader->found + i, NULL, i)) {
      reader->line_count = reader->character_count = 0;
      return false;
    }
    scribe_reader_agree(reader);
    scribe_reader_judge_line(reader, reader->found + i);
  }
  scribe_reader_choose_lines(reader);
  return true;
}

const scribe_text *scribe_reader_finish(scribe_reader *reader) {
  memset(&reader->text, 0, sizeof reader->text);
  if (reader->open == IS_READING) {
    reader->open = 0;
    reader->rows_there = reader->image.height;
    scribe_reader_threshold_advance(reader);
    const bool whole = read_ink(reader);
    if (whole && reader->line_count == 0) {
      /* Print is so faint that single pixels drown in noise: it is blurred for more contrast. */
      scribe_reader_threshold_begin(reader, true);
      scribe_reader_threshold_advance(reader);
      read_ink(reader);
    }
    reader->text.line_count = reader->line_count;
    reader->text.character_count = reader->character_count;
  }
  reader->text.width = reader->image.width;
  reader->text.height = reader->image.height;
  reader->text.lines = reader->lines;
  reader->text.characters = reader->characters;
  return &reader->text;
}

const scribe_text *scribe_reader_read(scribe_reader *reader, const scribe_reader_image *image) {
  if (scribe_reader_begin(reader, image) != SCRIBE_OK) return NULL;
  scribe_reader_rows(reader, image->height);
  return scribe_reader_finish(reader);
}

scribe_status scribe_reader_visit_cuts(scribe_reader *reader, const scribe_reader_image *image,
                                       const scribe_reader_visitor *visitor) {
  const scribe_status status = scribe_reader_begin(reader, image);
  if (status != SCRIBE_OK) return status;
  scribe_reader_rows(reader, image->height);
  reader->open = 0;
  find_lines(reader);
  for (uint16_t i = 0; i < reader->found_count; i++) {
    read_line(reader, reader->found + i, visitor, i);
  }
  return SCRIBE_OK;
}

const scribe_reader_counters *scribe_reader_get_counters(const scribe_reader *reader) {
  return &reader->counters;
}

#endif
