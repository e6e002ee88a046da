/* Written by scripts/characters from characters.json.
 *
 * Tables of characters that hosts and boards share. */
#ifndef SCRIBE_READER_CHARACTERS_H
#define SCRIBE_READER_CHARACTERS_H

/* A character is a code of a byte: printable ASCII as it is, then the signs that are read beside
 * it. In Unicode they are these. */
#define SCRIBE_SIGNS 0xB0, 0xB5, 0x3A9, 0x20AC, 0xA3, 0xB1, 0xB2, 0xB3, 0xD7
enum { SCRIBE_FIRST_SIGN = 0x7F, SCRIBE_SIGN_COUNT = 9 };

/* Groups of characters that look so much alike that one patch can't tell them apart. */
#define SCRIBE_SAME_SHAPE_GROUPS \
    "O0oQD", "I1l|i!", "cC(", "sS5", "vVyY", "wW", "xX", "zZ2", "uU", "pP", "kK", "mM", "jJ", "tT+", \
    "8B", "gq9", "6b", "fF", "',`", "-_~", ".,", ":;", "[(", "])", "\177o0", "\200u", "2\205", \
    "3\206", "x\207", "+\204", "{(", "})"

/* Characters whose height is a capital's, and an x's, in any font. */
#define SCRIBE_SURELY_TALL "ABDEFGHLMNQRT23456789bdhkflt"
#define SCRIBE_SURELY_LOW "aemnr"
/* Characters whose height tells them from another of their shape. */
#define SCRIBE_TALL_IN_DOUBT "COSVWXZUKPI01J"
#define SCRIBE_LOW_IN_DOUBT "cosvwxzu"
/* Marks that letters are easily taken for, and that seldom touch any. */
#define SCRIBE_RARE "|!()[]{}<>\\`^~"
/* The x-height of most fonts, as a share of their capitals. */
enum { SCRIBE_X_HEIGHT_PERCENT = 72 };

#endif
