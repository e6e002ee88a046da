/* Preloaded into a program, makes libserialport take pseudo-terminals for real ports, so that a
   test can drive the code for real ports without one.

   PORT_LOG names a file that gets each baud rate set, one a line. PORT_RATE, if set, is the only
   rate that the "hardware" can do: the driver then quietly takes that. */
#define _GNU_SOURCE
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char folder[] = "/sys/class/tty/pts/";

static int is_pty(const char *path) { return strncmp(path, folder, sizeof folder - 1) == 0; }

static int link_status(struct stat *status) {
  memset(status, 0, sizeof *status);
  status->st_mode = S_IFLNK;
  return 0;
}

/* libserialport asks for a port's place in sysfs, which a pseudo-terminal has not. Binaries made
   for older C libraries call __lxstat where newer ones call lstat. */
int __lxstat(int version, const char *path, struct stat *status) {
  int (*real)(int, const char *, struct stat *) = dlsym(RTLD_NEXT, "__lxstat");
  return is_pty(path) ? link_status(status) : real(version, path, status);
}

int lstat(const char *restrict path, struct stat *restrict status) {
  int (*real)(const char *, struct stat *) = dlsym(RTLD_NEXT, "lstat");
  return is_pty(path) ? link_status(status) : real(path, status);
}

ssize_t readlink(const char *restrict path, char *restrict buffer, size_t size) {
  static const char target[] = "../../devices/platform/serial8250/tty/pts";
  ssize_t (*real)(const char *, char *, size_t) = dlsym(RTLD_NEXT, "readlink");
  if (!is_pty(path)) return real(path, buffer, size);
  size_t count = sizeof target - 1 < size ? sizeof target - 1 : size;
  memcpy(buffer, target, count);
  return (ssize_t)count;
}

int ioctl(int descriptor, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
  /* Pseudo-terminals have no modem lines. */
  if (request == TIOCMGET) {
    *(int *)argument = 0;
    return 0;
  }
  if (request == TIOCMBIS || request == TIOCMBIC || request == TIOCMSET) return 0;
  if (request == TCSETS2 && getenv("PORT_LOG")) {
    FILE *log = fopen(getenv("PORT_LOG"), "a");
    if (log) {
      fprintf(log, "%u\n", ((struct termios2 *)argument)->c_ospeed);
      fclose(log);
    }
  }
  int result = real(descriptor, request, argument);
  if (request == TCGETS2 && getenv("PORT_RATE")) {
    struct termios2 *settings = argument;
    settings->c_cflag = (settings->c_cflag & ~(tcflag_t)CBAUD) | BOTHER;
    settings->c_ispeed = settings->c_ospeed = (speed_t)atoi(getenv("PORT_RATE"));
  }
  return result;
}
