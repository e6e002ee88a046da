#ifndef SERIALSCRIBE_H
#define SERIALSCRIBE_H
#endif
