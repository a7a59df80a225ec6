/* SPDX-License-Identifier: BSL-1.0 */
/* Eviction: a publisher whose patience is over takes its place from a living reliable subscriber, which may be in the
   middle of a record; two subscribers, one after the other, in the only place there is (lib/src/ring/place.cpp,
   consumer.cpp, lib/src/channel/subscriber_role.hpp, publisher_role.cpp). */

#include "words.pml"

#ifndef RECORDS
#define RECORDS 6
#endif

/* slot::identity: generation | state */
#define FREE 0
#define JOINING 1
#define LIVE 2
#define EVICTED 3
byte identity;
byte cursor;            /* of the place */

byte mine[2];           /* the LIVE identity of each subscriber */
byte sequence[2];       /* it has read what comes before this */
bool has_joined[2];
byte owner = NOBODY;    /* whose lock is on the place */

#define EVICTS
#define IS_LIVE ((identity & 3) == LIVE)
#define SMALLEST_NOW(most) (IS_LIVE && cursor < (most) -> cursor : (most))
#define IS_IN_WAY(most) (IS_LIVE && cursor < (most))
#define READER_IS_DEAD (IS_LIVE && owner == dead)
#define IS_NEEDED_BY(r, record) (has_joined[r] && identity == mine[r] && dead != r && (record) >= sequence[r])
#define IS_NEEDED(record) (IS_NEEDED_BY(0, record) || IS_NEEDED_BY(1, record))
#define AS_STATE(state) (identity & ~3 | (state))
inline free_reader() { identity = AS_STATE(FREE) }
#ifdef EVICTION_FREES
inline evict() { identity = AS_STATE(FREE) }
#else
inline evict() { identity = AS_STATE(EVICTED) }
#endif

#include "producer.pml"

#define ME (_pid - 1)        /* Memory is process 0 */
active [2] proctype Subscriber() provided (RUNS(ME)) {
  byte c, f, n, position;
  bool torn;
  /* place::claim: a place that is free, or whose owner is dead */
  atomic {
    (identity & 3) == FREE || (dead != ME && owner == dead) ->
    identity = ((identity >> 2) + 1) << 2 | JOINING;
    mine[ME] = AS_STATE(LIVE);
    owner = ME };
  c = floor;
  atomic { cursor = c; identity = mine[ME] };  /* place_live */
  atomic { f = floor; if :: f > c -> c = f :: else fi; sequence[ME] = c; has_joined[ME] = true; f = 0 };
  atomic { position = B[IDX(c - 1)] };
  cursor = c;
  c = 0;

look:
  if
  :: atomic { stamp[AT(position)] == sequence[ME] || IS_RESOLVED(A[IDX(sequence[ME])], sequence[ME]) -> skip }
  :: atomic { IS_AHEAD(A[IDX(sequence[ME])], sequence[ME]) -> assert(identity != mine[ME]) }; goto evicted
  :: atomic { identity != mine[ME] -> skip }; goto evicted
  :: atomic { ME == 0 && published == RECORDS -> skip }; goto evicted  /* it leaves of its own accord */
  fi;
  if
  :: atomic { identity != mine[ME] -> skip }; goto evicted
  :: atomic { identity == mine[ME] -> skip }
  fi;
  /* take: the prefix; then what its user reads */
  atomic { torn = payload[AT(position)] >> 1 != sequence[ME]; n = (payload[AT(position)] & 1) + 1 };
#ifdef TORN_IS_CORRUPT
  assert(!torn);  /* else a sound channel is called damaged */
#endif
  if
  :: atomic { n == 2 -> torn = torn || payload[AT(position + 1)] >> 1 != sequence[ME] }
  :: n == 1
  fi;
  /* whole */
  if
#ifdef WHOLE_WITHOUT_IDENTITY
  :: atomic { assert(!torn) }
#else
  :: atomic { identity == mine[ME] -> assert(!torn && WAS_COMMITTED(sequence[ME])) }
  :: atomic { identity != mine[ME] -> torn = false; n = 0 }; goto evicted
#endif
  fi;
  /* move_cursor */
  if
  :: atomic { identity == mine[ME] -> skip };
     atomic { position = position + n; n = 0; sequence[ME]++; cursor = sequence[ME] };
     goto look
  :: atomic { identity != mine[ME] -> n = 0 }
  fi;

evicted:  /* leave */
  atomic {
    has_joined[ME] = false;
    sequence[ME] = 0;
    position = 0;
    if :: (identity >> 2) == (mine[ME] >> 2) && (identity & 3) != FREE -> identity = AS_STATE(FREE) :: else fi }
}

active proctype Publisher() {
  PRODUCER_LOCALS;
  atomic { i = 1; own_floor = 1 };
  atomic { x = SMALLEST_NOW(i); take_limit() };
  publish(0)
}

active proctype Fate() {
  if
  :: dead = 0
  :: skip
  fi;
  if
  :: frozen = 0
  :: skip
  fi
}

/* Nobody can go on: the publisher is not held up, and who has a place has read all there is. */
#define IS_DONE(r) (!RUNS(r) || !has_joined[r] || !WAS_COMMITTED(sequence[r]))
active proctype Monitor() {
  timeout -> atomic {
    assert(finished);
    assert(IS_DONE(0));
    assert(IS_DONE(1))
  }
}
