// A disk that takes its time, for LD_PRELOAD: files get their names once $SCRIBE_GATE is gone.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

int link(const char *from, const char *to) {
  int (*real)(const char *, const char *) =
      (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link");
  const char *gate = getenv("SCRIBE_GATE");
  while (gate && access(gate, F_OK) == 0) usleep(5000);
  return real(from, to);
}
