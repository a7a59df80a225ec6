/* SPDX-License-Identifier: BSL-1.0 */
/* The shared words of a ring with one publisher, and the store buffer of that publisher: of the dead one, and then of
   the next one. */

byte A[D] = { ABORTED, 0, 0, 0 };
byte B[D];
byte stamp[N];
byte payload[N];        /* sequence << 1 | extent - 1: the prefix, and the payload */
byte next = 1;          /* T, the hint */
byte floor = 1;         /* R */

byte published;         /* so many records were begun */
bool finished;
short committed;        /* bit i: record i is committed: its A is stored */
#define EXTENT(i) (1 + (i & 1))
#ifndef BATCHES
#define SEQUENCE_IN(unit) (payload[unit] >> 1)
#endif
#define WAS_COMMITTED(s) ((committed >> (s) & 1) == 1)

#define TO_PAYLOAD 0
#define TO_TAIL 1       /* a unit that is no record's first: payload where a stamp was */
#define TO_B 2
#define TO_A 3
#define TO_STAMP 4
#define TO_NEXT 5
#define TO_FLOOR 6
#define ROOM_FOR_STORES 10
#define MOST_STORES 8    /* for one record */
byte where[ROOM_FOR_STORES];
byte what[ROOM_FOR_STORES];
byte stores;
#define PLACE(kind, index) ((kind) << 2 | (index))

inline store(place, value) { where[stores] = place; what[stores] = value; stores++ }

/* What is written over: nothing that the reader is to find. */
#define OVER(unit) \
  assert(!(WAS_COMMITTED(SEQUENCE_IN(unit)) && IS_NEEDED(SEQUENCE_IN(unit))))

active proctype Memory() {
  byte at, i;
  do
  :: atomic { stores > 0 ->
       at = where[0] & 3;
       if
       :: where[0] >> 2 == TO_PAYLOAD -> OVER(at); payload[at] = what[0]
       :: where[0] >> 2 == TO_TAIL -> OVER(at); payload[at] = what[0]; stamp[at] = 0
       :: where[0] >> 2 == TO_B -> B[at] = what[0]
       :: where[0] >> 2 == TO_A ->
          i = LAP_OF(what[0]) << 2 | at;
          assert(!WAS_COMMITTED(i));  /* never another one instead of it */
          committed = committed | 1 << i;
          A[at] = what[0]
       :: where[0] >> 2 == TO_STAMP -> stamp[at] = what[0]
       :: where[0] >> 2 == TO_NEXT -> next = what[0]
       :: where[0] >> 2 == TO_FLOOR -> floor = what[0]
       fi;
       stores--;
       i = 0;
       do
       :: i < stores -> where[i] = where[i + 1]; what[i] = what[i + 1]; i++
       :: else -> where[i] = 0; what[i] = 0; i = 0; at = 0; break
       od
     }
  od
}
