/* SPDX-License-Identifier: BSL-1.0 */
/* Why what is changed by compare-and-swap lies out of the payload's reach. Records have a header and one word of
   payload, of any value, in a ring of three words. A helper commits for the publisher what it finds RESERVED, and may
   sleep in between. IN_BAND: the header is a word of the ring. Else it is a descriptor, which says its lap. */

#define N 3
#define AT(position) ((position) % N)
#define RECORDS 3

byte ring[N];
byte descriptor[N];
byte content[RECORDS];  /* what the payload of this record is to be */
byte begun, written, taken;

#ifdef IN_BAND
#define HEADER(i) ring[AT(2 * (i))]
#define WORD(i, state) (state)
#else
#define HEADER(i) descriptor[AT(i)]
#define WORD(i, state) ((i) << 2 | (state))
#endif
#define RESERVED 1
#define COMMITTED 2

inline leave_reserved(i) {
  atomic { if :: HEADER(i) == WORD(i, RESERVED) -> HEADER(i) = WORD(i, COMMITTED) :: else fi }
}

active proctype Publisher() {
  byte i;
  do
  :: i < RECORDS ->
     atomic { taken == i -> HEADER(i) = WORD(i, RESERVED); begun = i + 1 };
     if
     :: content[i] = 0
     :: content[i] = RESERVED
     fi;
     atomic { ring[AT(2 * i + 1)] = content[i]; written = i + 1 };
     leave_reserved(i);
     i++
  :: else -> break
  od
}

active proctype Helper() {
  byte i;
  do
  :: atomic { written > 0 && HEADER(written - 1) == WORD(written - 1, RESERVED) -> i = written - 1 };
     leave_reserved(i)
  od
}

active proctype Reader() {
  do
  :: atomic { taken < RECORDS && begun > taken && HEADER(taken) == WORD(taken, COMMITTED) ->
       assert(ring[AT(2 * taken + 1)] == content[taken]);
       taken++ }
  od
}
