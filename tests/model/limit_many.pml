/* SPDX-License-Identifier: BSL-1.0 */
/* Floor, limit, joining and loss with two publishers (lib/src/ring/many_producer.cpp, limit.cpp, consumer.cpp).

   RELIABLE: the reader joins, may leave and join again. LOSSY: it reads as from a seqlock over the floor.

   Run once with: RELIABLE, 2 and 2 records, a death and a stop (25.8 M states); 1 and 4, a death (16.1 M); 1 and 3, both
   (17.2 M); JOIN_NEXT, 1 and 3, a death (13.2 M); LOSSY, 3 and 3 (9.3 M). */

#include "words.pml"

#ifndef RECORDS
#define RECORDS 3
#endif
#ifndef RECORDS_1
#define RECORDS_1 RECORDS
#endif
#define READER 2

byte cursor;
bool live;              /* the reader's place */
bool is_needed;         /* what the reader has not read is to stay, */
byte sequence = 1;      /* from here on */
byte identity;

#define SMALLEST_NOW(most) (live && cursor < (most) -> cursor : (most))
#define IS_NEEDED(record) (is_needed && dead != READER && (record) >= sequence)
#define READER_IS_DEAD (live && dead == READER)
#define EXTENT(me, k) (1 + (me + k & 1))

/* The state first, then the cursor. */
inline smallest_cursor(x, most) {
  if
  :: atomic { !live -> x = most }
  :: atomic { live -> skip };
     atomic { x = (cursor < most -> cursor : most) }
  fi
}
inline free_reader() { live = false }

#ifdef LOSSY
inline write_payload() {
  atomic { payload[AT(position)] = i << 1 | e - 1; stamp[AT(position)] = 0 };
  if
  :: atomic { e == 2 -> payload[AT(position + 1)] = i << 1 | 1; stamp[AT(position + 1)] = 0 }
  :: e == 1
  fi
}
#else
/* Nobody looks at it before the stamp. */
inline write_payload() {
  atomic {
    payload[AT(position)] = i << 1 | e - 1;
    if
    :: e == 2 -> payload[AT(position + 1)] = i << 1 | 1; stamp[AT(position + 1)] = 0
    :: else
    fi
  }
}
#endif

#include "many_producer.pml"
#include "consumer.pml"

active [2] proctype Publisher() provided (RUNS(_pid)) {
  HELPER_LOCALS;
  publish(_pid, (_pid == 0 -> RECORDS : RECORDS_1))
}

#ifdef RELIABLE
active proctype Reader() provided (RUNS(READER)) {
  HELPER_LOCALS;
  byte c, f, position, w;
  bool may_leave;
  may_leave = true;
join:
  c = floor;
  atomic { cursor = c; live = true };  /* join_cursor_set, place_live */
#ifndef JOIN_LOOKS_ONCE
  atomic { f = floor; if :: f > c -> c = f :: else fi; f = 0 };  /* join_looked_again */
#endif
  atomic { sequence = c; is_needed = true };
#ifdef JOIN_NEXT
  /* find_claim_point, from the floor. */
  do
  :: atomic { IS_RESOLVED(A[IDX(c)], c) -> c++ }
  :: atomic { IS_RESERVED(A[IDX(c)], c) -> w = A[IDX(c)] };
     help(c, w);
     atomic { w = 0; c++ }
  :: atomic { IS_FREE(A[IDX(c)], c) -> break }
  :: atomic { IS_AHEAD(A[IDX(c)], c) -> assert(false) }
  od;
  /* As it was before it was live, at any time. */
  do
  :: atomic { c > sequence -> c-- }
  :: break
  od;
#endif
  atomic { position = B[IDX(c - 1)]; sequence = c; cursor = c; c = 0 };
  follow(position, may_leave);
  atomic { is_needed = false; live = false; position = 0 };
  goto join
}
#endif

#ifdef LOSSY
active proctype Reader() {
  byte position, n, f;
  bool torn;
look:
  if
  :: atomic { stamp[AT(position)] == sequence -> skip }
  :: atomic { floor > sequence -> skip };
     goto note_loss
  :: atomic { IS_RESOLVED(A[IDX(sequence)], sequence) && STATE(A[IDX(sequence)]) == COMMITTED -> skip }
  :: atomic { IS_RESOLVED(A[IDX(sequence)], sequence) && STATE(A[IDX(sequence)]) == ABORTED -> skip };
     n = B[IDX(sequence)];
     if
     :: atomic { floor <= sequence -> assert(!WAS_COMMITTED(sequence)); position = n; n = 0; sequence++ };
        goto look
     :: atomic { floor > sequence -> n = 0 };
        goto note_loss
     fi
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
       floor <= sequence -> assert(!torn && WAS_COMMITTED(sequence));
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
  if
#ifdef DEATHS
  :: dead = 0
  :: dead = 1
  :: dead = READER
#endif
  :: skip
  fi;
  if
#ifdef STOPS
  :: frozen = 0
  :: frozen = 1
  :: frozen = READER
#endif
  :: skip
  fi
}

#define IS_OVER(p) (finished[p] || !RUNS(p))
#define HOLDS_UP(record) (IS_RESERVED(A[IDX(record)], record) && WHO(A[IDX(record)]) == frozen)
#define IS_HELD_UP \
  (frozen != NOBODY && frozen != dead && \
   ((frozen == READER && live) || HOLDS_UP(floor) || (live && HOLDS_UP(sequence))))

/* Nobody can go on. */
active proctype Monitor() {
  timeout -> atomic {
    assert(IS_OVER(0) || IS_HELD_UP);
    assert(IS_OVER(1) || IS_HELD_UP);
#ifdef RELIABLE
    assert(!RUNS(READER) || sequence == claims + 1 || HOLDS_UP(sequence))
#else
    assert(sequence == claims + 1 || IS_RESERVED(A[IDX(sequence)], sequence))
#endif
  }
}
