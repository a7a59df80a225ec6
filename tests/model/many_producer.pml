/* SPDX-License-Identifier: BSL-1.0 */
/* lib/src/ring/claims.cpp and many_producer.cpp, access by access.

   Left out is what changes nothing: loading a word once more if a compare-and-swap, or help's second look, finds out
   anyway that it has changed; and (but with FINE) that there is time between loads of words that cannot change unless
   such a step fails.

   Every store but the payload, the stamp, the request and the hint is a compare-and-swap, which empties the store
   buffer. While those four wait there, nobody looks for them: the request is found by the claim that follows it, the
   payload by the stamp, and the stamp is followed by a compare-and-swap; the hint may be old anyway. So these models
   need no store buffers.

   The model that includes this says who else there is: smallest_cursor(x, most), SMALLEST_NOW(most),
   IS_NEEDED(record), READER_IS_DEAD, free_reader(). */

byte A[D] = { ABORTED, 0, 0, 0 };
byte B[D];
byte next = 1;          /* T, the hint */
byte floor = 1;         /* R */
byte request[3];        /* of a publisher's place */
byte stamp[N];          /* of the record that starts there */
byte payload[N];        /* sequence << 1 | extent - 1: the prefix, and the payload */

/* What the checks need to know. */
byte holder[N];         /* the record that was given this unit last */
short committed;        /* bit i: record i was committed */
byte claims;            /* how many records were ever claimed */
bool finished[5];       /* this one has published what it wanted */

#define WAS_COMMITTED(s) ((committed >> (s) & 1) == 1)
/* A place that was freed had no claim left. */
#define OWNER_IS_DEAD(w) (dead == WHO(w) || (WHO(w) == 0 && identity != 0))

#ifdef FINE
#define ALSO }; atomic {
#else
#define ALSO
#endif

/* What help and resolve need of their process. */
#define HELPER_LOCALS byte old, before, asked, g, m; bool stamped

/* Units are given to record s. What was there is resolved, and nobody who is waited for needs it. */
inline give(s, from, extent) {
  g = 0;
  do
  :: g < extent ->
     m = holder[AT(from + g)];
     assert(m == 0 || IS_AHEAD(A[IDX(m)], m) || IS_RESOLVED(A[IDX(m)], m));
     assert(m == 0 || !IS_NEEDED(m));
     holder[AT(from + g)] = s;
     g++
  :: else -> g = 0; m = 0; break
  od
}

/* w: the word of s, just found RESERVED. */
inline help(s, w) {
  atomic { old = B[IDX(s)]; ALSO before = B[IDX((s) - 1)] };
  if
  :: atomic { old > before -> old = 0; before = 0 }
  :: atomic { old <= before -> asked = request[SLOT_OF(WHO(w))] };
     if
#ifdef HELP_LOOKS_ONCE
     :: skip;
#else
     :: atomic { A[IDX(s)] != w -> old = 0; before = 0; asked = 0 }
     :: atomic { A[IDX(s)] == w -> skip };  /* help_looked_again */
#endif
        atomic {
          if
          :: B[IDX(s)] == old -> B[IDX(s)] = before + asked; give(s, before, asked)
          :: else
          fi;
          old = 0; before = 0; asked = 0
        }  /* claim_helped */
     fi
  fi
}

/* Whether s, whose end is set, has its stamp. */
#ifndef BATCHES
#define STAMPS(value, s) ((value) == (s))
#define FIRST_STAMP i
#endif
#define IS_STAMPED(s) STAMPS(stamp[AT(B[IDX((s) - 1)])], s)

/* RESERVED -> to. If it fails, somebody else has resolved it. */
inline leave_reserved(s, w, to) {
  if
  :: A[IDX(s)] == (w) ->
     A[IDX(s)] = AS(w, to);
     assert((STATE(A[IDX(s)]) == COMMITTED) == WAS_COMMITTED(s))
  :: else
  fi
}

/* w: the word of s, just found RESERVED. */
inline resolve(s, w) {
#ifndef ABORT_BEFORE_HELP
  help(s, w);
#endif
  atomic { stamped = IS_STAMPED(s) };
  if
  :: atomic { stamped -> leave_reserved(s, w, COMMITTED); stamped = false }
  :: atomic { !stamped && OWNER_IS_DEAD(w) -> skip };  /* claim_found_dead */
#ifndef STAMP_BEFORE_PROBE
     atomic { stamped = IS_STAMPED(s) };
#endif
     atomic { leave_reserved(s, w, (stamped -> COMMITTED : ABORTED)); stamped = false }  /* claim_resolved */
  :: atomic { !stamped && !OWNER_IS_DEAD(w) -> skip }
  fi
}

/* Who finds it like this would do nothing with it. */
#ifdef STAMP_BEFORE_PROBE
#define IS_HOPELESS(w) false
#else
#define IS_HOPELESS(w) (!OWNER_IS_DEAD(w))
#endif

/* Both bounds of the same m, the smaller of the floor f and the smallest cursor x. */
inline take_limit() {
  m = (x < f -> x : f);
#ifdef RECORDS_FROM_FLOOR
  last_sequence = f + D - 2;
#else
  last_sequence = m + D - 2;
#endif
#ifdef BYTES_FROM_FLOOR
  last_position = B[IDX(f - 1)] + N;
#else
  last_position = B[IDX(m - 1)] + N;
#endif
  if :: last_position > position + N -> last_position = position + N :: else fi;
  m = 0  /* limit_taken */
}

#define ALLOWED (i <= last_sequence && position + e <= last_position)
#define ENOUGH(p) (B[IDX((p) - 1)] + N >= position + e && (p) + D - 2 >= i + 1)
#define START_AGAIN i = 0; f = 0; w = 0; x = 0; p = 0; position = 0

/* Publishes so many records, of one and two units in turn. `me` is the process, and its place. */
inline publish(me, records) {
  byte k, e, i, f, w, v, x, p, position, last_sequence, last_position;
claim:
  if
  :: atomic { k == records -> finished[me] = true; last_sequence = 0; last_position = 0; k = 0 }; goto done
  :: atomic { k < records -> e = EXTENT(me, k); k++; request[SLOT_OF(me)] = e }  /* claim_requested */
  fi;

find_claim_point:
  f = floor;
  atomic {
    i = next;
#ifdef TRUSTED_HINT
    goto walk;
#endif
    if :: i > f && i - f <= D :: else -> i = f fi;
    if
    :: i == f -> goto walk
    :: else
    fi
  };
  if
  :: atomic { !IS_RESOLVED(A[IDX(i - 1)], i - 1) && !IS_RESERVED(A[IDX(i - 1)], i - 1) -> i = f }
  :: atomic { IS_RESOLVED(A[IDX(i - 1)], i - 1) -> skip }
  :: atomic { IS_RESERVED(A[IDX(i - 1)], i - 1) -> w = A[IDX(i - 1)] };
     help(i - 1, w)
  fi;
walk:
  if
  :: atomic { IS_RESOLVED(A[IDX(i)], i) -> i++; w = 0 };
     goto walk
  :: atomic { IS_RESERVED(A[IDX(i)], i) -> w = A[IDX(i)] };
     help(i, w);
     i++;
     goto walk
  /* Lapped. The claim that has gone around needed such a floor; if it is less, that is a contradiction. */
  :: atomic { IS_AHEAD(A[IDX(i)], i) -> w = 0; assert(floor >= i + 2) };
     atomic { floor != f || next > i -> i = 0; f = 0 };  /* with the same two it would find the same, for ever */
     goto find_claim_point
  :: atomic {
       IS_FREE(A[IDX(i)], i) -> w = A[IDX(i)]; f = 0; ALSO position = B[IDX(i - 1)];
       if :: ALLOWED -> goto room :: else fi }
  fi;

make_room:
  if
  :: atomic { floor > i -> START_AGAIN }; goto find_claim_point
  :: atomic { floor <= i -> f = floor; p = f }
  fi;
  smallest_cursor(x, i);
  atomic { take_limit(); if :: ALLOWED -> goto room :: else fi };
  /* propose_floor */
  smallest_cursor(x, i);
propose:
  if
  :: atomic { p < x && !ENOUGH(p) && IS_RESOLVED(A[IDX(p)], p) -> p++ };
     goto propose
  :: atomic { p < x && !ENOUGH(p) && IS_RESERVED(A[IDX(p)], p) -> v = A[IDX(p)] };
     help(p, v);
     if
     :: atomic { IS_STAMPED(p) -> skip };
        atomic { leave_reserved(p, v, COMMITTED); p++; v = 0 };
        goto propose
     :: atomic { !IS_STAMPED(p) -> v = 0; if :: p == f -> goto no_room :: else fi }
     fi
  :: atomic {
       p >= x || ENOUGH(p) || IS_FREE(A[IDX(p)], p) || IS_AHEAD(A[IDX(p)], p) ->
       if :: p == f -> goto no_room :: else fi }
  fi;
  if
  :: atomic { floor == f ->
       do  /* only over what is resolved */
       :: f < p -> assert(IS_RESOLVED(A[IDX(f)], f)); f++
       :: else -> break
       od;
       floor = p; p = 0 }  /* floor_moved */
  :: atomic { floor != f -> p = 0; x = 0 };
     goto make_room
  fi;
#ifndef CURSORS_BEFORE_FLOOR
  smallest_cursor(x, i);
#endif
  atomic { take_limit(); x = 0; if :: ALLOWED -> goto room :: else -> goto make_room fi };

no_room:  /* somebody else's step ends it, or that somebody is found dead */
  if
  :: atomic {
       floor != f || SMALLEST_NOW(i) != x || !IS_FREE(A[IDX(i)], i) ||
       (f < x && (IS_RESOLVED(A[IDX(f)], f) || IS_STAMPED(f))) -> START_AGAIN };
     goto find_claim_point
  :: atomic { READER_IS_DEAD -> free_reader(); START_AGAIN };
     goto find_claim_point
  :: atomic {
       IS_RESERVED(A[IDX(f)], f) && !IS_HOPELESS(A[IDX(f)]) -> w = A[IDX(f)]; p = 0; x = 0; i = 0; position = 0 };
     resolve(f, w);
     atomic { START_AGAIN };
     goto find_claim_point
  fi;

room:
  if
  :: atomic { A[IDX(i)] != w -> START_AGAIN }; goto find_claim_point
  :: atomic { A[IDX(i)] == w ->
       w = WORD(i, me, RESERVED);
       A[IDX(i)] = w;
       f = 0; x = 0; p = 0;
       claims++;
       assert(claims == i) }  /* claimed */
  fi;
  help(i, w);
  atomic {
    assert(B[IDX(i)] == position + e && B[IDX(i - 1)] == position);
#ifndef HINT_LATE
    next = i + 1
#endif
  };
  write_payload();
#ifdef STAMP_LAST
  atomic { committed = committed | 1 << i; leave_reserved(i, w, COMMITTED) };
#endif
  atomic {
    assert(holder[AT(position)] == i);
#ifndef STAMP_LAST
    assert(A[IDX(i)] == w);
#endif
    stamp[AT(position)] = FIRST_STAMP;
    committed = committed | 1 << i };  /* commit_stamped */
  atomic { leave_reserved(i, w, COMMITTED) };  /* commit_described */
#ifdef HINT_LATE
  next = i + 1;
#endif
  atomic { START_AGAIN; e = 0 };
  goto claim;
done:
  skip
}
