/* SPDX-License-Identifier: BSL-1.0 */
/* Batches: one claim and one descriptor for several records, each with a prefix; the stamp of the first one, which is
   stored last, commits them all (lib/src/ring/frame.hpp, consumer::take). A record of two units is a batch of two, or,
   MANY, one of a single unit that was shrunk: its other unit stays with it.

   Else there is one publisher, with a store buffer. A publisher may be killed at any step: whole or not at all. */

#include "words.pml"

#ifndef RECORDS
#define RECORDS 5
#endif
#define READER 2
#define BATCHES

byte cursor = 1;
bool live = true;       /* the reader's place */
byte sequence = 1;      /* what the reader reads next */
byte identity;

/* payload: sequence, index, shrunk. stamp: sequence, last. */
#define PAYLOAD(s, index, shrunk) ((s) << 2 | (index) << 1 | (shrunk))
#define SEQUENCE_IN(unit) (payload[unit] >> 2)
#define IS_SHRUNK(unit) ((payload[unit] & 1) == 1)
#define STAMPS(value, s) ((value) >> 1 == (s))
#define IS_LAST(value) (((value) & 1) == 1)

#define SMALLEST_NOW(most) (live && cursor < (most) -> cursor : (most))
#define READER_IS_DEAD (live && dead == READER)
#define IS_NEEDED(record) (dead != READER && (record) >= sequence)
inline free_reader() { live = false }

#ifdef MANY
inline smallest_cursor(x, most) { atomic { x = SMALLEST_NOW(most) } }
#define EXTENT(me, k) (2 - (me + k & 1))
#define FIRST_STAMP (i << 1 | (e == 1 || SHRINKS))
#define SHRINKS (_pid == 1)

inline write_payload() {
  if
  :: atomic { e == 1 -> payload[AT(position)] = PAYLOAD(i, 0, 0) }
  :: atomic { e == 2 && SHRINKS -> payload[AT(position)] = PAYLOAD(i, 0, 1); stamp[AT(position + 1)] = 0 }
  :: atomic { e == 2 && !SHRINKS -> payload[AT(position)] = PAYLOAD(i, 0, 0) };
#ifdef FIRST_STAMP_FIRST
     atomic { stamp[AT(position)] = FIRST_STAMP; committed = committed | 1 << i };
#endif
     atomic { payload[AT(position + 1)] = PAYLOAD(i, 1, 0); stamp[AT(position + 1)] = i << 1 | 1 }
  fi
}

#include "many_producer.pml"

active [2] proctype Publisher() provided (RUNS(_pid)) { HELPER_LOCALS; publish(_pid, RECORDS) }
#else
#include "store_buffer.pml"
#define FIRST_STAMP (i << 1 | (EXTENT(i) == 1))
inline write_records() {
  store(PLACE(TO_PAYLOAD, AT(position)), PAYLOAD(i, 0, 0));
#ifdef FIRST_STAMP_FIRST
  store(PLACE(TO_STAMP, AT(position)), FIRST_STAMP);
#endif
  if
  :: EXTENT(i) == 2 ->
     store(PLACE(TO_PAYLOAD, AT(position + 1)), PAYLOAD(i, 1, 0));
     store(PLACE(TO_STAMP, AT(position + 1)), i << 1 | 1)
  :: else
  fi
}

#include "producer.pml"

active proctype Publisher() provided (dead != 0) {
  PRODUCER_LOCALS;
  atomic { i = 1; own_floor = 1 };
  atomic { x = SMALLEST_NOW(i); take_limit() };
  publish(0)
}
#endif

active proctype Reader() provided (RUNS(READER)) {
#ifdef MANY
  HELPER_LOCALS;
#endif
  byte position, w, index;
  bool more;
  do
  :: atomic {
       STAMPS(stamp[AT(position)], sequence) ||
       (index == 0 && IS_RESOLVED(A[IDX(sequence)], sequence) && STATE(A[IDX(sequence)]) == COMMITTED) ->
       /* take */
       assert(WAS_COMMITTED(sequence));
       assert(payload[AT(position)] >> 1 == (sequence << 1 | index));
       if
       :: STAMPS(stamp[AT(position)], sequence) -> more = !IS_LAST(stamp[AT(position)])
       :: else -> more = !IS_SHRUNK(AT(position)) && position + 1 < B[IDX(sequence)]
       fi;
       if
       :: more -> assert(index == 0); index++; position++
       :: else ->
          position = (IS_SHRUNK(AT(position)) -> B[IDX(sequence)] : position + 1);
          assert(position == B[IDX(sequence)]);  /* all of it, and no more */
          index = 0;
          sequence++;
          cursor = sequence
       fi;
       more = false
     }
  :: atomic { index > 0 && !STAMPS(stamp[AT(position)], sequence) -> assert(false) }
  :: atomic { IS_AHEAD(A[IDX(sequence)], sequence) -> assert(false) }
#ifdef MANY
  :: atomic {
       index == 0 && IS_RESOLVED(A[IDX(sequence)], sequence) && STATE(A[IDX(sequence)]) == ABORTED ->
       assert(!WAS_COMMITTED(sequence));
       position = B[IDX(sequence)];
       sequence++;
       cursor = sequence
     }
  :: atomic {
       index == 0 && IS_RESERVED(A[IDX(sequence)], sequence) && !IS_HOPELESS(A[IDX(sequence)]) ->
       w = A[IDX(sequence)] };
     resolve(sequence, w);
     w = 0
#endif
  od
}

active proctype Fate() {
  if
  :: atomic {
       dead = 0;
#ifndef MANY
       /* What stands last in the store buffer may never have got there. */
       do
       :: stores > 0 -> stores--; where[stores] = 0; what[stores] = 0
       :: break
       od
#endif
     }
#ifdef STOPS
  :: frozen = 0
#endif
  :: skip
  fi
}

active proctype Monitor() {
  timeout -> atomic {
#ifdef MANY
#define HOLDS_UP(record) (IS_RESERVED(A[IDX(record)], record) && WHO(A[IDX(record)]) == frozen)
    assert(finished[0] || !RUNS(0));
    assert(finished[1] || frozen == 0);
    assert(sequence == claims + 1 || HOLDS_UP(sequence))
#else
    assert(finished || dead == 0);
    assert(!WAS_COMMITTED(sequence))
#endif
  }
}
