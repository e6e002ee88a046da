#include "camera.h"

const char *camera_error_text(camera_error error) {
  switch (error) {
    case CAMERA_OK: return "no error";
    case CAMERA_NO_ANSWER: return "does not answer: check SIOC, SIOD, XCLK, power";
    case CAMERA_OTHER_CHIP: return "is another chip, id";
    case CAMERA_NO_IMAGE: return "sends no image: check VSYNC, HREF, PCLK";
    case CAMERA_STOPPED: return "stopped: no VSYNC any more, images begun before";
    case CAMERA_OVERRUN: return "sends faster than the memory takes it, bytes taken";
    case CAMERA_TOO_LARGE: return "sends an image too large for the buffer, bytes";
    case CAMERA_DAMAGED: return "sent a damaged image, bytes";
    case CAMERA_END: return "has no further image";
  }
  return "failed";
}
