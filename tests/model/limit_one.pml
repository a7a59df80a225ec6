/* SPDX-License-Identifier: BSL-1.0 */
/* Floor, limit, joining and loss with one publisher (lib/src/ring/producer.cpp, limit.cpp, frontier.cpp, consumer.cpp).
   Its stores are plain ones, so they wait in a store buffer (x86: first in, first out). If it dies, the next one takes
   over.

   RELIABLE: the reader joins, may leave and join again, may die. LOSSY: it reads as from a seqlock over the floor. */

#include "words.pml"

#ifndef RECORDS
#define RECORDS 5
#endif
#define PUBLISHER 0
#define READER 2

byte A[D] = { ABORTED, 0, 0, 0 };
byte B[D];
byte stamp[N];
byte payload[N];
byte next = 1;
byte floor = 1;

byte cursor;
bool live;              /* the reader's place */
bool is_needed;         /* what the reader has not read is to stay, */
byte sequence;          /* from here on */
byte published;         /* so many records were begun, by both publishers */
bool finished, reader_stays;
short committed;        /* bit i: record i is committed: its A is stored */

#define WAS_COMMITTED(s) ((committed >> (s) & 1) == 1)
#define READER_IS_DEAD (live && dead == READER)
#define SMALLEST_NOW(most) (live && cursor < (most) -> cursor : (most))

/* -- The store buffer of the publisher, the dead one's before the next one's --------------------------------------- */

#define TO_PAYLOAD 0
#define TO_TAIL 1       /* a unit that is no record's first: payload where a stamp was */
#define TO_B 2
#define TO_A 3
#define TO_STAMP 4
#define TO_NEXT 5
#define TO_FLOOR 6
#define ROOM_FOR_STORES 9
byte where[ROOM_FOR_STORES];
byte what[ROOM_FOR_STORES];
byte stores;
#define PLACE(kind, index) ((kind) << 2 | (index))

inline store(place, value) { where[stores] = place; what[stores] = value; stores++ }

/* What is written over: nothing that the reader is to find. */
#define OVER(unit) \
  assert(!(is_needed && dead != READER && WAS_COMMITTED(payload[unit] >> 1) && payload[unit] >> 1 >= sequence))

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

/* -- The publisher ---------------------------------------------------------------------------------------------------- */

#define EXTENT(i) (1 + (i & 1))
#define HAS_ROOM (i <= last_sequence && position + EXTENT(i) <= last_position)
#define ENOUGH(f) (own_b[IDX((f) - 1)] + N >= position + EXTENT(i) && (f) + D - 2 >= i + 1)

/* x: the smallest cursor. own_b is what this publisher sees in B: its own stores first. */
inline take_limit() {
  m = (x < own_floor -> x : own_floor);
#ifdef BYTES_FROM_FLOOR
  last_position = own_b[IDX(own_floor - 1)] + N;
#else
  last_position = own_b[IDX(m - 1)] + N;
#endif
#ifdef RECORDS_FROM_FLOOR
  last_sequence = own_floor + D - 2;
#else
  last_sequence = m + D - 2;
#endif
  if :: last_position > position + N -> last_position = position + N :: else fi;
  m = 0; x = 0
}

#ifdef WITHOUT_FENCE
#define FENCED true
#else
#define FENCED (stores == 0)
#endif

#define PRODUCER_LOCALS byte i, position, own_floor, last_sequence, last_position, x, m, f; byte own_b[D]; bool owed

inline publish(me) {
  do
  :: atomic { published == RECORDS -> finished = true; i = 0; position = 0; own_floor = 0 }; break
  :: atomic { published < RECORDS && HAS_ROOM && stores + 7 <= ROOM_FOR_STORES ->
       /* What stands between these stores is no load; so all go to the store buffer at once. */
       published++;
       store(PLACE(TO_PAYLOAD, AT(position)), i << 1 | EXTENT(i) - 1);
       if :: EXTENT(i) == 2 -> store(PLACE(TO_TAIL, AT(position + 1)), i << 1 | 1) :: else fi;
#ifdef FLOOR_AFTER_PAYLOAD
       if :: owed -> store(PLACE(TO_FLOOR, 0), own_floor); owed = false :: else fi;
#endif
       position = position + EXTENT(i);
       store(PLACE(TO_B, IDX(i)), position);
       own_b[IDX(i)] = position;
       store(PLACE(TO_A, IDX(i)), WORD(i, me, COMMITTED));
       store(PLACE(TO_STAMP, AT(position - EXTENT(i))), i);
       i++;
       store(PLACE(TO_NEXT, 0), i) }
  :: atomic { published < RECORDS && !HAS_ROOM -> x = SMALLEST_NOW(i) };
     /* propose_floor */
     atomic { stores <= ROOM_FOR_STORES - 1 ->
       f = own_floor;
       do
       :: f < x && !ENOUGH(f) -> f++
       :: else -> break
       od;
       if
       :: f != own_floor ->
          own_floor = f;
#ifdef FLOOR_AFTER_PAYLOAD
          owed = true
#else
          store(PLACE(TO_FLOOR, 0), f)
#endif
       :: else
       fi;  /* floor_moved */
       f = 0; x = 0 };
     atomic { FENCED -> x = SMALLEST_NOW(i); take_limit(); if :: !HAS_ROOM -> x = SMALLEST_NOW(i) :: else fi };  /* limit_taken */
     if
     :: HAS_ROOM
     :: atomic { !HAS_ROOM && (SMALLEST_NOW(i) != x || own_floor < x) -> x = 0 }
     :: atomic { !HAS_ROOM && READER_IS_DEAD -> live = false; x = 0 }
     fi
  od
}

active proctype Publisher() provided (dead != PUBLISHER) {
  PRODUCER_LOCALS;
  atomic { i = 1; own_floor = 1; own_b[0] = 0 };
  atomic { x = SMALLEST_NOW(i); take_limit() };
  publish(0)
}

#ifdef TAKE_OVER
/* producer::start. The kernel says that the first one is dead: what it had stored is there. Nobody else stores to what
   this reads, so that it is one step. */
active proctype Heir() {
  PRODUCER_LOCALS;
  atomic { dead == PUBLISHER && stores == 0 ->
    own_floor = floor;
    /* find_frontier */
    i = next;
#ifndef TRUSTED_HINT
    if :: i > floor && i - floor <= D && IS_RESOLVED(A[IDX(i - 1)], i - 1) :: else -> i = floor fi;
    do
    :: IS_RESOLVED(A[IDX(i)], i) -> i++
    :: else -> break
    od;
#endif
    position = B[IDX(i - 1)];
    own_b[0] = B[0]; own_b[1] = B[1]; own_b[2] = B[2]; own_b[3] = B[3] };
#ifdef LIMIT_FROM_FLOOR
  atomic { x = i; take_limit() };
#else
  atomic { x = SMALLEST_NOW(i); take_limit() };
#endif
  publish(4)
}
#endif

/* -- The reader ------------------------------------------------------------------------------------------------------- */

#ifdef RELIABLE
active proctype Reader() provided (RUNS(READER)) {
  byte c, f, position;
  bool again;
join:
  c = floor;
  /* join_cursor_set, place_live: the compare-and-swap empties the store buffer. */
  atomic { cursor = c; live = true };
#ifndef JOIN_LOOKS_ONCE
  atomic { f = floor; if :: f > c -> c = f :: else fi; f = 0 };  /* join_looked_again */
#endif
  atomic { sequence = c; is_needed = true };
  if
  :: skip             /* oldest */
  :: f = floor;       /* next: find_frontier */
     atomic {
       c = next;
       if :: c > f && c - f <= D && IS_RESOLVED(A[IDX(c - 1)], c - 1) :: else -> c = f fi };
     do
     :: atomic { IS_RESOLVED(A[IDX(c)], c) -> c++ }
     :: atomic { !IS_RESOLVED(A[IDX(c)], c) -> position = B[IDX(c - 1)] };
        if
        :: atomic { !IS_AHEAD(A[IDX(c)], c) && IS_RESOLVED(A[IDX(c - 1)], c - 1) -> break }
        :: atomic { IS_AHEAD(A[IDX(c)], c) || !IS_RESOLVED(A[IDX(c - 1)], c - 1) -> assert(false) }
        fi
     od;
     atomic { assert(c >= sequence); f = 0; position = 0 }
  fi;
  atomic { position = B[IDX(c - 1)]; sequence = c; cursor = c };

look:
  if
  :: atomic {
       stamp[AT(position)] == sequence || IS_RESOLVED(A[IDX(sequence)], sequence) ->
       assert(WAS_COMMITTED(sequence));
       assert(payload[AT(position)] >> 1 == sequence);
       if
       :: (payload[AT(position)] & 1) == 1 ->
          assert(payload[AT(position + 1)] >> 1 == sequence);
          position = position + 2
       :: else -> position++
       fi;
       sequence++;
       cursor = sequence
     };
     goto look
  :: atomic { IS_AHEAD(A[IDX(sequence)], sequence) -> assert(false) }
  :: atomic { !again -> again = true; is_needed = false; live = false; c = 0; position = 0 };
     goto join
  fi
}
#endif

#ifdef LOSSY
active proctype Reader() {
  byte position, n, f;
  bool torn;
  sequence = 1;
look:
  if
  :: atomic { stamp[AT(position)] == sequence -> skip };
     if
     :: floor > sequence; goto note_loss
     :: floor <= sequence
     fi
  :: atomic { floor > sequence -> skip };
     goto note_loss
  :: atomic { IS_RESOLVED(A[IDX(sequence)], sequence) -> skip }
  :: atomic { IS_AHEAD(A[IDX(sequence)], sequence) -> skip };
     goto note_loss
  fi;
  /* take: the prefix; and then what its user reads */
  atomic { torn = payload[AT(position)] >> 1 != sequence; n = (payload[AT(position)] & 1) + 1 };
  if
  :: atomic { n == 2 -> torn = torn || payload[AT(position + 1)] >> 1 != sequence }
  :: n == 1
  fi;
  /* is_kept */
  if
  :: atomic { floor <= sequence -> assert(!torn); assert(WAS_COMMITTED(sequence)); position = position + n; sequence++; n = 0; torn = false };
     goto look
  :: atomic { floor > sequence -> n = 0; torn = false }
  fi;
note_loss:
  f = floor;
  atomic { assert(f > sequence); position = B[IDX(f - 1)] };
  if
  :: atomic { floor <= f -> sequence = f; f = 0 };
     goto look
  :: floor > f;
     goto note_loss
  fi
}
#endif

active proctype Fate() {
  byte n;
  if
#ifdef TAKE_OVER
  /* What stands last in the store buffer may never have got there. */
  :: atomic {
       dead = PUBLISHER;
       do
       :: stores > 0 -> stores--; where[stores] = 0; what[stores] = 0
       :: break
       od }
#endif
#ifdef DEATHS
  :: dead = READER
#endif
  :: skip
  fi;
#ifdef STOPS
  if
  :: frozen = READER
  :: skip
  fi
#endif
}

active proctype Monitor() {
  timeout -> atomic {
    assert(finished || frozen == READER);
    assert(!RUNS(READER) || !WAS_COMMITTED(sequence))  /* it has read all there is */
  }
}
