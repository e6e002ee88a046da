/* Preloaded into a program, takes the place of Linux's RFCOMM sockets, so that a test can drive
   Bluetooth without an adapter.

   RFCOMM_LOG names a file that gets each address connected to, as hexadecimal bytes, one a line.
   RFCOMM_ERRNO is what connecting fails with; RFCOMM_LATER, if set, lets it fail only after it
   began, as real modules do. Without an errno the module is the Unix socket RFCOMM_PATH. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { family = 31, rfcomm = 3, address_size = 10 };

static int late_errno;

int socket(int domain, int type, int protocol) {
  int (*real)(int, int, int) = dlsym(RTLD_NEXT, "socket");
  if (domain != family) return real(domain, type, protocol);
  if (protocol != rfcomm || (type & 0xf) != SOCK_STREAM || !(type & SOCK_NONBLOCK)) {
    errno = EINVAL;
    return -1;
  }
  return real(AF_UNIX, type, 0);
}

int connect(int descriptor, const struct sockaddr *address, socklen_t size) {
  int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
  if (address->sa_family != family) return real(descriptor, address, size);
  if (size != address_size) {
    errno = EINVAL;
    return -1;
  }
  FILE *log = fopen(getenv("RFCOMM_LOG"), "a");
  for (const unsigned char *byte = (const void *)address, *end = byte + size; byte < end; byte++)
    fprintf(log, "%02x", *byte);
  fputc('\n', log);
  fclose(log);
  if (getenv("RFCOMM_ERRNO")) {
    int code = atoi(getenv("RFCOMM_ERRNO"));
    late_errno = getenv("RFCOMM_LATER") ? code : 0;
    errno = late_errno ? EINPROGRESS : code;
    return -1;
  }
  struct sockaddr_un place = {.sun_family = AF_UNIX};
  strncpy(place.sun_path, getenv("RFCOMM_PATH"), sizeof place.sun_path - 1);
  return real(descriptor, (const struct sockaddr *)&place, sizeof place);
}

int getsockopt(int descriptor, int level, int name, void *restrict value,
               socklen_t *restrict size) {
  int (*real)(int, int, int, void *, socklen_t *) = dlsym(RTLD_NEXT, "getsockopt");
  if (late_errno && level == SOL_SOCKET && name == SO_ERROR) {
    memcpy(value, &late_errno, sizeof late_errno);
    return 0;
  }
  return real(descriptor, level, name, value, size);
}
