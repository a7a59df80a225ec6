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

byte cursor;
bool live;              /* the reader's place */
bool is_needed;         /* what the reader has not read is to stay, */
byte sequence;          /* from here on */

#define SMALLEST_NOW(most) (live && cursor < (most) -> cursor : (most))
#define READER_IS_DEAD (live && dead == READER)
#define IS_NEEDED(record) (is_needed && dead != READER && (record) >= sequence)
inline free_reader() { live = false }

#include "producer.pml"

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

/* -- The reader ---------------------------------------------------------------------------------------------------- */

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
     atomic { assert(c >= sequence); f = 0; position = 0 };
     /* As it was before it was live, at any time. */
     do
     :: atomic { c > sequence -> c-- }
     :: break
     od
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
  :: atomic {
       floor <= sequence -> assert(!torn); assert(WAS_COMMITTED(sequence));
       position = position + n; sequence++; n = 0; torn = false };
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
