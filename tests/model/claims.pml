/* SPDX-License-Identifier: BSL-1.0 */
/* Claim, help, commit, recover: two publishers, a reliable reader that was there before them, and (HEIR) a newcomer who
   recovers the dead publisher's place and publishes from it.

   Run once with: 3 and 3 records, a death and a stop (20.5 M states); 1 and 6, both (8.0 M); 1, 3 and a newcomer's 2
   (46.1 M); FINE, 2 and 2, a death (0.8 M). */

#include "words.pml"

#ifndef RECORDS
#define RECORDS 3
#endif
#ifndef RECORDS_1
#define RECORDS_1 RECORDS
#endif
#define READER 2
#define HEIR_OF_0 4     /* the next generation of place 0 */

byte cursor = 1;
byte live = 1;          /* the reader's place */
byte identity;          /* who has place 0 */
byte sequence = 1;      /* what the reader reads next */

#define SMALLEST_NOW(most) (live && cursor < (most) -> cursor : (most))
#define IS_NEEDED(record) (dead != READER && (record) >= sequence)
#define READER_IS_DEAD (live && dead == READER)
inline smallest_cursor(x, most) { atomic { x = SMALLEST_NOW(most) } }
inline free_reader() { live = 0 }
#define EXTENT(me, k) (1 + (me + k & 1))

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

#include "many_producer.pml"
#include "consumer.pml"

active [2] proctype Publisher() provided (RUNS(_pid)) {
  HELPER_LOCALS;
  publish(_pid, (_pid == 0 -> RECORDS : RECORDS_1))
}

#ifdef HEIR
#define HEIR_IS_OVER (dead != 0 || finished[HEIR_OF_0] || !RUNS(HEIR_OF_0))
#else
#define HEIR_IS_OVER true
#endif
#define IS_OVER(p) (finished[p] || !RUNS(p))

active proctype Reader() provided (RUNS(READER)) {
  HELPER_LOCALS;
  byte position, w;
  bool may_leave;
  follow(position, may_leave)
}

#ifdef HEIR
active proctype Heir() provided (RUNS(HEIR_OF_0)) {
  HELPER_LOCALS;
  byte s, last, r;
  dead == 0;
  /* resolve_claims_of(0). The walk to the first free descriptor comes first. */
  last = claims + 1;
  atomic { s = (last > D && last - D > floor -> last - D : floor) };
claims_of:
  if
  :: atomic { s >= last -> s = 0; last = 0 }
  :: atomic { s < last && IS_RESERVED(A[IDX(s)], s) && WHO(A[IDX(s)]) == 0 -> skip };
     atomic {
       r = A[IDX(s)];
#ifdef LAPPED_IS_CORRUPT
       assert(!IS_AHEAD(r, s))  /* a sound channel is called damaged */
#endif
     };
     if
     :: IS_RESERVED(r, s) -> resolve(s, r)
     :: else
     fi;
     atomic { r = 0; s++ };
     goto claims_of
  :: atomic { s < last && !(IS_RESERVED(A[IDX(s)], s) && WHO(A[IDX(s)]) == 0) -> s++ };
     goto claims_of
  fi;
  identity = HEIR_OF_0;
  publish(HEIR_OF_0, HEIR)
}
#endif

active proctype Fate() {
  if
#ifdef HEIR
  :: dead = 0
#elif defined(DEATHS)
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

/* Who is frozen, and not dead, holds up those that depend on him. */
#define HOLDS_UP(record) (IS_RESERVED(A[IDX(record)], record) && WHO(A[IDX(record)]) == frozen)
#define IS_HELD_UP \
  (frozen != NOBODY && frozen != dead && (frozen == READER || HOLDS_UP(floor) || (live && HOLDS_UP(sequence))))

/* Nobody can go on. */
active proctype Monitor() {
  timeout -> atomic {
    assert(IS_OVER(0) || IS_HELD_UP);
    assert(IS_OVER(1) || IS_HELD_UP);
    assert(HEIR_IS_OVER || IS_HELD_UP);
    assert(!RUNS(READER) || sequence == claims + 1 || HOLDS_UP(sequence))
  }
}
