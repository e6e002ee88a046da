/* OV2640: QVGA out of its SVGA mode, as JPEG or, with CAMERA_GRAY=1, as YUV 4:2:2.
 *
 * The chip has two banks, chosen by register FF: 0 the image processor, 1 the sensor. Named
 * settings follow the data sheet; those it calls reserved have the values that the manufacturer's
 * application notes give for SVGA. */
#include "clock.h"
#include "sccb.h"
#include "sensor.h"

#define DEVICE 0x60

#ifndef CAMERA_GRAY
#define CAMERA_GRAY 0
#endif
/* Of the JPEG: 2 is best, 63 is least. */
#ifndef CAMERA_QUANTIZATION
#define CAMERA_QUANTIZATION 12
#endif

#define WIDTH 320u
#define HEIGHT 240u

/* By the data sheet 24 MHz make 30 SVGA images a second, of 672 rows; 16 MHz make 20. */
const sensor_signals sensor = {.name = "OV2640", .width = WIDTH, .height = HEIGHT, .frame_ms = 50,
                               .is_jpeg = !CAMERA_GRAY, .vsync_high = false, .href_high = false,
                               .pclk_rising = true};

enum { BANK = 0xFF, BANK_PROCESSOR = 0, BANK_SENSOR = 1 };

/* Sensor bank. */
enum { GAIN = 0x00, REG04 = 0x04, AEC = 0x10, REG45 = 0x45, COM2 = 0x09,
       PIDH = 0x0A, PIDL = 0x0B, COM3 = 0x0C, CLKRC = 0x11, COM7 = 0x12, COM8 = 0x13,
       COM9 = 0x14, HREFST = 0x17, HREFEND = 0x18, VSTRT = 0x19, VEND = 0x1A, AEW = 0x24,
       AEB = 0x25, VV = 0x26, REG32 = 0x32, BD50 = 0x4F, BD60 = 0x50 };
/* COM8, bits 2 and 0: gain and exposure by itself. */
#define AUTOMATICS 0x05u
#define COM8_SET 0xE5u
/* Bits 1 and 0 are the lowest of the exposure. */
#define REG04_SET 0x28u
/* Rows of a frame, less some that the chip needs. */
#define MOST_LINES 666u

/* Processor bank. */
enum { R_BYPASS = 0x05, QS = 0x44, CTRLI = 0x50, HSIZE = 0x51, VSIZE = 0x52, XOFFL = 0x53,
       YOFFL = 0x54, VHYX = 0x55, TEST = 0x57, ZMOW = 0x5A, ZMOH = 0x5B, ZMHH = 0x5C,
       CTRL2 = 0x86, CTRL3 = 0x87, SIZEL = 0x8C, HSIZE8 = 0xC0, VSIZE8 = 0xC1, CTRL0 = 0xC2,
       CTRL1 = 0xC3, R_DVP_SP = 0xD3, IMAGE_MODE = 0xDA, RESET = 0xE0 };

static const sccb_setting sensor_svga[] = {
    {BANK, BANK_PROCESSOR}, {0x2C, 0xFF}, {0x2E, 0xDF},
    {BANK, BANK_SENSOR},
    {0x3C, 0x32},
    {CLKRC, 0x00},  /* not divided */
    {COM2, 0x02},   /* output drive three times */
    {REG04, REG04_SET},
    {COM8, COM8_SET},   /* gain and exposure by itself, banding filter */
    {COM9, 0x48},   /* gain up to 8 */
    {COM3, 0x38},   /* 50 or 60 Hz by itself */
    {0x33, 0x78}, {0x3A, 0x33}, {0x3B, 0xFB}, {0x3E, 0x00}, {0x43, 0x11}, {0x16, 0x10},
    {0x39, 0x92}, {0x35, 0xDA}, {0x22, 0x1A}, {0x37, 0xC3}, {0x23, 0x00}, {0x34, 0xC0},
    {0x36, 0x1A}, {0x06, 0x88}, {0x07, 0xC0}, {0x0D, 0x87}, {0x0E, 0x41}, {0x4C, 0x00},
    {0x4A, 0x81}, {0x21, 0x99},
    {AEW, 0x40}, {AEB, 0x38}, {VV, 0x82}, /* the exposure to hold */
    {0x5C, 0x00}, {0x63, 0x00}, {0x61, 0x70}, {0x62, 0x80}, {0x7C, 0x05}, {0x20, 0x80},
    {0x28, 0x30}, {0x6C, 0x00}, {0x6D, 0x80}, {0x6E, 0x00}, {0x70, 0x02}, {0x71, 0x94},
    {0x73, 0xC1}, {0x3D, 0x34}, {0x5A, 0x57},
    {COM7, 0x40},   /* SVGA */
    {HREFST, 0x11}, {HREFEND, 0x43}, {VSTRT, 0x00}, {VEND, 0x4B}, {REG32, 0x09},
    {BD50, 0xCA}, {BD60, 0xA8},
};

/* 800 x 600 in, all of it, halved to 400 x 300 and zoomed to the output. */
static const sccb_setting processor_size[] = {
    {BANK, BANK_PROCESSOR},
    {RESET, 0x14},               /* hold video port and JPEG while they change */
    {HSIZE8, 800 / 8}, {VSIZE8, 600 / 8}, {SIZEL, 0x00},
    {CTRL0, 0x0C},               /* YUV, 4:2:2 */
    {CTRL1, 0xED},               /* white balance, gain, lens correction as the chip has them */
    {CTRL2, 0x3D},               /* scaling and colour matrix */
    {CTRLI, 0x80 | 1 << 3 | 1},  /* round; halve both ways */
    {HSIZE, 800 / 4}, {VSIZE, 600 / 4},
    {XOFFL, 0}, {YOFFL, 0}, {VHYX, 0}, {TEST, 0},
    {ZMOW, WIDTH / 4}, {ZMOH, HEIGHT / 4}, {ZMHH, 0},
};

static const sccb_setting output[] = {
#if CAMERA_GRAY
    {IMAGE_MODE, 0x00}, /* Y U Y V */
    {R_DVP_SP, 0x04},   /* the pixel clock, divided by 4 */
#else
    {QS, CAMERA_QUANTIZATION},
    {IMAGE_MODE, 0x10}, /* JPEG */
    {R_DVP_SP, 0x88},   /* the pixel clock as coding needs it, divided by 8 or more */
#endif
    {R_BYPASS, 0x00},
    {RESET, 0x00},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

camera_error sensor_begin(uint16_t *id) {
  *id = 0;
  if (!sccb_write(DEVICE, BANK, BANK_SENSOR)) return CAMERA_NO_ANSWER;
  uint8_t high, low;
  if (!sccb_read(DEVICE, PIDH, &high) || !sccb_read(DEVICE, PIDL, &low)) return CAMERA_NO_ANSWER;
  *id = (uint16_t)(high << 8 | low);
  if (high != 0x26) return CAMERA_OTHER_CHIP;
  if (!sccb_write(DEVICE, COM7, 0x80)) return CAMERA_NO_ANSWER;
  clock_wait_ms(10);
  if (!sccb_write_all(DEVICE, sensor_svga, COUNT(sensor_svga)) ||
      !sccb_write_all(DEVICE, processor_size, COUNT(processor_size)) ||
      !sccb_write_all(DEVICE, output, COUNT(output))) {
    return CAMERA_NO_ANSWER;
  }
  clock_wait_ms(300); /* until exposure and gain have settled */
  return CAMERA_OK;
}

uint8_t sensor_exposure(void) {
  uint8_t gain, low, middle, high;
  if (!sccb_write(DEVICE, BANK, BANK_SENSOR) || !sccb_read(DEVICE, GAIN, &gain) ||
      !sccb_read(DEVICE, REG04, &low) || !sccb_read(DEVICE, AEC, &middle) ||
      !sccb_read(DEVICE, REG45, &high)) {
    return 0;
  }
  const uint32_t lines = (uint32_t)(high & 0x3F) << 10 | (uint32_t)middle << 2 | (low & 3u);
  return sensor_eighths((sensor_exposing){.lines = (uint16_t)lines, .gain = gain});
}

bool sensor_expose(bool by_hand, uint8_t exposure) {
  if (!by_hand) {
    return sccb_write(DEVICE, BANK, BANK_SENSOR) && sccb_write(DEVICE, COM8, COM8_SET);
  }
  const sensor_exposing exposing = sensor_lines(exposure, MOST_LINES);
  const sccb_setting settings[] = {
      {BANK, BANK_SENSOR},
      {COM8, COM8_SET & ~AUTOMATICS},
      {REG04, (uint8_t)(REG04_SET | (exposing.lines & 3u))},
      {AEC, (uint8_t)(exposing.lines >> 2 & 0xFFu)},
      {REG45, (uint8_t)(exposing.lines >> 10 & 0x3Fu)},
      {GAIN, exposing.gain},
  };
  return sccb_write_all(DEVICE, settings, COUNT(settings));
}
