/* Stands in for libjbig in the wheel, which libtiff needs to be loaded: its licence, the GNU GPL, would
 * be that of the whole wheel. TIFF files compressed as JBIG, as some fax programs write them, are
 * refused then. */
#include <stddef.h>

enum { refused = 1 };

void jbg_dec_init(void *decoder);
int jbg_dec_in(void *decoder, unsigned char *bytes, size_t count, size_t *taken);
unsigned long jbg_dec_getsize(const void *decoder);
unsigned char *jbg_dec_getimage(const void *decoder, int plane);
void jbg_dec_free(void *decoder);
void jbg_enc_init(void *encoder, unsigned long width, unsigned long height, int planes,
                  unsigned char **bytes,
                  void (*take)(unsigned char *bytes, size_t count, void *whose), void *whose);
void jbg_enc_out(void *encoder);
void jbg_enc_free(void *encoder);
int jbg_newlen(unsigned char *bytes, size_t count);
const char *jbg_strerror(int status);

void jbg_dec_init(void *decoder) { (void)decoder; }
void jbg_dec_free(void *decoder) { (void)decoder; }
void jbg_enc_out(void *encoder) { (void)encoder; }
void jbg_enc_free(void *encoder) { (void)encoder; }

int jbg_dec_in(void *decoder, unsigned char *bytes, size_t count, size_t *taken) {
  (void)decoder, (void)bytes, (void)count;
  if (taken != NULL) *taken = 0;
  return refused;
}

unsigned long jbg_dec_getsize(const void *decoder) {
  (void)decoder;
  return 0;
}

unsigned char *jbg_dec_getimage(const void *decoder, int plane) {
  (void)decoder, (void)plane;
  return NULL;
}

void jbg_enc_init(void *encoder, unsigned long width, unsigned long height, int planes,
                  unsigned char **bytes,
                  void (*take)(unsigned char *bytes, size_t count, void *whose), void *whose) {
  (void)encoder, (void)width, (void)height, (void)planes, (void)bytes, (void)take, (void)whose;
}

int jbg_newlen(unsigned char *bytes, size_t count) {
  (void)bytes, (void)count;
  return refused;
}

const char *jbg_strerror(int status) {
  (void)status;
  return "JBIG isn't supported here";
}
