/* OV7670: QVGA as YUV 4:2:2. Named settings follow the data sheet and the manufacturer's
 * implementation guide, which gives the scaling values for QVGA. */
#include "clock.h"
#include "sccb.h"
#include "sensor.h"

#define DEVICE 0x42

/* By the data sheet 24 MHz make 30 images a second, of 510 rows; 16 MHz, halved, make 10. */
const sensor_signals sensor = {.name = "OV7670", .width = 320, .height = 240,
                               .frame_ms = 100, .is_jpeg = false,
                               .vsync_high = true, .href_high = false, .pclk_rising = true};

enum { GAIN = 0x00, VREF = 0x03, COM1 = 0x04, AECHH = 0x07, AECH = 0x10,
       PID = 0x0A, VER = 0x0B, COM3 = 0x0C, CLKRC = 0x11, COM7 = 0x12, COM8 = 0x13,
       COM9 = 0x14, COM10 = 0x15, HSTART = 0x17, HSTOP = 0x18, VSTART = 0x19, VSTOP = 0x1A,
       AEW = 0x24, AEB = 0x25, VPT = 0x26, HREF = 0x32, TSLB = 0x3A, COM11 = 0x3B, COM13 = 0x3D,
       COM14 = 0x3E, COM15 = 0x40, SCALING_XSC = 0x70, SCALING_YSC = 0x71,
       SCALING_DCWCTR = 0x72, SCALING_PCLK_DIV = 0x73, SCALING_PCLK_DELAY = 0xA2 };

/* COM8, bits 2 and 0: gain and exposure by itself. */
#define AUTOMATICS 0x05u
#define COM8_SET 0xE7u
/* Rows of a frame, less some that the chip needs. */
#define MOST_LINES 500u

static const sccb_setting qvga_yuv[] = {
    {CLKRC, 0x01},  /* half of XCLK: 16 MHz make 8, about 10 images a second */
    {COM7, 0x00},   /* YUV out of VGA, scaled below */
    {COM3, 0x04},   /* scaling on */
    {COM14, 0x19},  /* scaled pixel clock, halved */
    {SCALING_XSC, 0x3A}, {SCALING_YSC, 0x35},
    {SCALING_DCWCTR, 0x11}, /* halve both ways */
    {SCALING_PCLK_DIV, 0xF1}, {SCALING_PCLK_DELAY, 0x02},
    {HSTART, 0x16}, {HSTOP, 0x04}, {HREF, 0x24},
    {VSTART, 0x02}, {VSTOP, 0x7A}, {VREF, 0x0A},
    {COM10, 0x00},  /* VSYNC high between images, HREF high in rows */
    {TSLB, 0x04}, {COM13, 0x80}, /* Y U Y V */
    {COM15, 0xC0},  /* 0 to 255 */
    {COM11, 0x0A},  /* 50 or 60 Hz by itself */
    {COM9, 0x38},   /* gain up to 16 */
    {AEW, 0x75}, {AEB, 0x63}, {VPT, 0xD4}, /* the exposure to hold */
    {COM8, COM8_SET}, /* gain, exposure, white balance by itself */
};

camera_error sensor_begin(uint16_t *id) {
  *id = 0;
  uint8_t high, low;
  if (!sccb_read(DEVICE, PID, &high) || !sccb_read(DEVICE, VER, &low)) return CAMERA_NO_ANSWER;
  *id = (uint16_t)(high << 8 | low);
  if (high != 0x76) return CAMERA_OTHER_CHIP;
  if (!sccb_write(DEVICE, COM7, 0x80)) return CAMERA_NO_ANSWER;
  clock_wait_ms(10);
  if (!sccb_write_all(DEVICE, qvga_yuv, sizeof qvga_yuv / sizeof qvga_yuv[0])) {
    return CAMERA_NO_ANSWER;
  }
  clock_wait_ms(300); /* until exposure and gain have settled */
  return CAMERA_OK;
}

uint8_t sensor_exposure(void) {
  uint8_t gain, low, middle, high;
  if (!sccb_read(DEVICE, GAIN, &gain) || !sccb_read(DEVICE, COM1, &low) ||
      !sccb_read(DEVICE, AECH, &middle) || !sccb_read(DEVICE, AECHH, &high)) {
    return 0;
  }
  const uint32_t lines = (uint32_t)(high & 0x3F) << 10 | (uint32_t)middle << 2 | (low & 3u);
  return sensor_eighths((sensor_exposing){.lines = (uint16_t)lines, .gain = gain});
}

bool sensor_expose(bool by_hand, uint8_t exposure) {
  if (!by_hand) return sccb_write(DEVICE, COM8, COM8_SET);
  const sensor_exposing exposing = sensor_lines(exposure, MOST_LINES);
  const sccb_setting settings[] = {
      {COM8, COM8_SET & ~AUTOMATICS},
      {COM1, (uint8_t)(exposing.lines & 3u)},
      {AECH, (uint8_t)(exposing.lines >> 2 & 0xFFu)},
      {AECHH, (uint8_t)(exposing.lines >> 10 & 0x3Fu)},
      {GAIN, exposing.gain},
  };
  return sccb_write_all(DEVICE, settings, sizeof settings / sizeof settings[0]);
}
