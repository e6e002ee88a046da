#include "CJPEGRows.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* In C, as libjpeg-turbo ends by longjmp where it can't go on. */

typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf end;
  uint8_t *warned;
  uint32_t mcu_rows;
  scribe_jpeg_damage *damage;
} salvage;

static void end(j_common_ptr info) {
  salvage *state = (salvage *)info->err;
  longjmp(state->end, 1);
}

static void take(j_common_ptr info, int level) {
  salvage *state = (salvage *)info->err;
  const j_decompress_ptr decoder = (j_decompress_ptr)info;
  if (level >= 0) return;
  info->err->num_warnings++;
  switch (info->err->msg_code) {
  case JWRN_EXTRANEOUS_DATA:
    state->damage->extraneous_bytes = (uint32_t)info->err->msg_parm.i[0];
    /* Behind the last row it tells nothing of a row. */
    if (decoder->input_iMCU_row >= state->mcu_rows) return;
    break;
  case JWRN_HIT_MARKER: state->damage->is_short = 1; break;
  /* Comes as soon as bytes are looked for ahead; where some are missed, the other one follows. */
  case JWRN_JPEG_EOF: return;
  default: break;
  }
  /* A later scan only sharpens what an earlier one brought. */
  if (decoder->input_scan_number > 1 || state->mcu_rows == 0) return;
  if (decoder->input_iMCU_row < state->mcu_rows) state->warned[decoder->input_iMCU_row] = 1;
}

int scribe_jpeg_salvage(
    const uint8_t *file, size_t size, uint8_t *gray, uint32_t width, uint32_t height,
    uint8_t *warned, scribe_jpeg_damage *damage) {
  struct jpeg_decompress_struct decoder;
  salvage state;
  memset(damage, 0, sizeof *damage);
  memset(&state, 0, sizeof state);
  memset(&decoder, 0, sizeof decoder);
  state.warned = warned;
  state.damage = damage;
  decoder.err = jpeg_std_error(&state.manager);
  state.manager.error_exit = end;
  state.manager.emit_message = take;
  if (setjmp(state.end) != 0) {
    jpeg_destroy_decompress(&decoder);
    return damage->rows_decoded > 0;
  }
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, file, size);
  if (jpeg_read_header(&decoder, TRUE) != JPEG_HEADER_OK || decoder.image_width != width
      || decoder.image_height != height) {
    jpeg_destroy_decompress(&decoder);
    return 0;
  }
  decoder.out_color_space = JCS_GRAYSCALE;
  damage->mcu_width = 8 * (uint32_t)(decoder.comps_in_scan > 1 ? decoder.max_h_samp_factor : 1);
  damage->mcu_height = 8 * (uint32_t)decoder.max_v_samp_factor;
  damage->restart_interval = decoder.restart_interval;
  state.mcu_rows = (height + damage->mcu_height - 1) / damage->mcu_height;
  jpeg_start_decompress(&decoder);
  while (decoder.output_scanline < height) {
    JSAMPROW row = gray + (size_t)decoder.output_scanline * width;
    if (jpeg_read_scanlines(&decoder, &row, 1) == 0) break;
    damage->rows_decoded = decoder.output_scanline;
  }
  jpeg_finish_decompress(&decoder);
  jpeg_destroy_decompress(&decoder);
  return 1;
}
