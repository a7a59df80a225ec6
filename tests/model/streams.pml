/* SPDX-License-Identifier: BSL-1.0 */
/* Streams: head, floor, cursor and ends (lib/src/ring/stream_producer.cpp, stream_consumer.cpp, ends.cpp). Three
   writers, one after the other, of whom one may be killed; the others close. Ends are written by whoever finds a writer
   dead, by two at once if need be. Two ends are kept, so that one can be read.

   The writers' stores wait in a store buffer. LOSSY: the reader reads as from a seqlock over the floor. */

#define NOBODY 9
#define N 4
#define AT(position) ((position) & 3)
#define WRITERS 3
#ifndef COMMITS
#define COMMITS 2       /* of each, of two bytes and one in turn */
#endif
#define READER 3        /* as one who may die */
#define ENDS_KEPT 2
#define READABLE (ENDS_KEPT - 1)
#define KEPT(k) ((k) & 1)
#define NONE 31

byte head, floor;
byte payload[N];        /* the position of the byte that is there, plus 1 */
byte count;             /* of ends */
byte who[ENDS_KEPT];    /* generation */
byte where[ENDS_KEPT];  /* the first position that is not its own */

byte identity;          /* place 0: generation << 2 | state */
#define FREE 0
#define JOINING 1
#define LIVE 2
#define GENERATION(id) ((id) >> 2)
#define STATE(id) ((id) & 3)

byte cursor;            /* the reader's place: */
byte ends_met;
bool live;
bool is_needed;         /* what it has not read is to stay, */
byte position;          /* from here on */
byte met;               /* so many ends are behind it */

byte dead = NOBODY;
bool closed[WRITERS];
byte written[20];       /* the generation that wrote this byte */

/* -- The store buffer ---------------------------------------------------------------------------------------------- */

#define A_BYTE 0
#define A_HEAD 1
#define A_FLOOR 2
byte store[6];
byte stores;
#define PUT(kind, value) store[stores] = (kind) << 5 | (value); stores++

active proctype Memory() {
  byte v, i;
  do
  :: atomic { stores > 0 ->
       v = store[0] & 31;
       if
       :: store[0] >> 5 == A_BYTE ->
          assert(!(is_needed && dead != READER && v >= N && v - N >= position));
          payload[AT(v)] = v + 1
       :: store[0] >> 5 == A_HEAD -> head = v
       :: store[0] >> 5 == A_FLOOR -> floor = v
       fi;
       stores--;
       i = 0;
       do
       :: i < stores -> store[i] = store[i + 1]; i++
       :: else -> store[i] = 0; i = 0; v = 0; break
       od
     }
  od
}

/* -- Ends ---------------------------------------------------------------------------------------------------------- */

#define FINISHER_LOCALS byte c, last, there, place, end

/* finish_publisher, write_only_end. `id`: the identity of one who is over. */
inline finish_publisher(id) {
  c = count;
  atomic { last = (c == 0 -> 0 : who[KEPT(c - 1)]) };
  there = who[KEPT(c)];
  place = where[KEPT(c)];
  end = head;
  if
  :: atomic { identity != id -> skip }
  :: atomic { identity == id -> skip };
     if
     :: c > 0 && last == GENERATION(id)
     :: else ->
        if
        :: there != GENERATION(id) ->
           atomic { if :: who[KEPT(c)] == there -> who[KEPT(c)] = GENERATION(id) :: else fi }
        :: else
        fi;  /* end_named */
        atomic { if :: where[KEPT(c)] == place -> where[KEPT(c)] = end :: else fi };  /* end_placed */
        atomic { if :: count == c -> count = c + 1 :: else fi }                       /* end_counted */
     fi;
     atomic { if :: identity == id -> identity = id & ~3 | FREE :: else fi }        /* publisher_finished */
  fi;
  atomic { c = 0; last = 0; there = 0; place = 0; end = 0 }
}

/* -- Writers: processes 1 to 3 ------------------------------------------------------------------------------------- */

#define ME (_pid - 1)
#define SMALLEST_NOW(most) (live && cursor < (most) -> cursor : (most))
#define OLDEST_NEEDED SMALLEST_NOW(own_floor)
#define IS_MET(k) (!live || ends_met > (k))
#define HAS_MET(k) (SMALLEST_NOW(where[KEPT(k)]) >= where[KEPT(k)] && IS_MET(k))
#define READER_IS_DEAD (live && dead == READER)

active [WRITERS] proctype Writer() provided (dead != ME) {
  FINISHER_LOCALS;
  byte at, limit, own_floor, k, n, id;
  GENERATION(identity) == ME;  /* one after the other */
  do
  :: atomic { STATE(identity) == FREE -> identity = (ME + 1) << 2 | JOINING; break }
  :: atomic { STATE(identity) == LIVE && ME > 0 && dead == ME - 1 && stores == 0 -> id = identity };
     finish_publisher(id)
  :: atomic { STATE(identity) == JOINING && ME > 0 && dead == ME - 1 && stores == 0 -> identity = identity & ~3 | FREE }
  od;
  /* start */
  atomic { at = head; own_floor = floor };
#ifndef FORGETS_ENDS
  if
  :: atomic { count >= READABLE -> n = count - READABLE };
     /* have_met: else busy; here it waits until it is not */
     do
     :: atomic { HAS_MET(n) ->
          if
          :: own_floor < where[KEPT(n)] -> own_floor = where[KEPT(n)]; PUT(A_FLOOR, own_floor)
          :: else
          fi };
        if
        :: atomic { stores == 0 && HAS_MET(n) -> n = 0; break }
        :: atomic { stores == 0 && !HAS_MET(n) -> skip }
        fi
     :: atomic { READER_IS_DEAD -> live = false }
     od
  :: count < READABLE
  fi;
#endif
  atomic { stores == 0 -> limit = OLDEST_NEEDED + N };
  atomic { id = (ME + 1) << 2 | LIVE; identity = id };

write:
  if
  :: k == COMMITS -> goto close
  :: k < COMMITS
  fi;
  n = 2 - (k & 1);
make_room:
  if
  :: limit - at >= n
  :: else ->
     atomic { stores < 6 ->
       c = SMALLEST_NOW(at);  /* history is given up only for room that there is then */
       if
       :: c + N >= at + n ->
          end = (at + n > N -> at + n - N : 0);
          if :: end > c -> end = c :: else fi;
          if :: end > own_floor -> own_floor = end; PUT(A_FLOOR, own_floor) :: else fi
       :: else
       fi;
       end = 0; c = 0 };  /* stream_floor_moved */
#ifdef WITHOUT_FENCE
     atomic { limit = OLDEST_NEEDED + N };
#else
     atomic { stores == 0 -> limit = OLDEST_NEEDED + N };  /* stream_limit_taken */
#endif
     if
     :: limit - at >= n
     :: atomic { limit - at < n && OLDEST_NEEDED + N > limit -> skip }; goto make_room
     :: atomic { limit - at < n && SMALLEST_NOW(at) > own_floor -> skip }; goto make_room
     :: atomic { limit - at < n && READER_IS_DEAD -> live = false }; goto make_room
     fi
  fi;
  atomic { stores <= 3 ->
    PUT(A_BYTE, at);
    written[at] = ME + 1;
    if :: n == 2 -> PUT(A_BYTE, at + 1); written[at + 1] = ME + 1 :: else fi;
    at = at + n;
    PUT(A_HEAD, at) };  /* stream_advanced */
  k++;
  goto write;

close:
  stores == 0;  /* the first compare-and-swap of what follows */
  finish_publisher(id);
  closed[ME] = true
}

/* -- The reader: process 4 ----------------------------------------------------------------------------------------- */

#define IS_BEHIND_START(k) (where[KEPT(k)] > position || (where[KEPT(k)] == position && (k) >= id))
#define IS_STILL_TO_BE_MET (met > 0 && count - (met - 1) <= READABLE && IS_BEHIND_START(met - 1))

active proctype Reader() provided (dead != READER) {
  FINISHER_LOCALS;
  byte f, h, n, next, id, last_met;
  bool waits, torn;
  n = head;
  id = count;
  f = floor;
#ifndef LOSSY
  atomic { cursor = f; ends_met = NONE; live = true };
#endif
#ifndef JOIN_LOOKS_ONCE
  atomic { h = floor; if :: h > f -> f = h :: else fi; h = 0 };
#endif
  /* Oldest, or next. */
  atomic {
    if :: position = f :: n > f -> position = n fi;
#ifndef LOSSY
    is_needed = true;
#endif
    f = 0; n = 0 };
#ifndef LOSSY
  cursor = position;
#endif
  /* ends_met::start */
  met = count;
  do
  :: atomic { IS_STILL_TO_BE_MET -> met-- }
  :: atomic { !IS_STILL_TO_BE_MET -> id = 0; break }
  od;
  ends_met = met;

look:
  atomic { waits = count != met };
  h = head;
#ifdef LOSSY
  if
  :: atomic { floor > position -> skip }; goto note_loss
  :: atomic { floor <= position -> skip }
  fi;
#ifndef FORGOTTEN_ENDS_CROSSED
  /* after_forgotten: of those ends nobody knows where they were */
  atomic { f = count; if :: f > met && f - met > READABLE -> id = f - READABLE :: else -> f = 0 fi };
  if
  :: f != 0 ->
     next = where[KEPT(id)];
     atomic {
       if
       :: count < id + ENDS_KEPT && next > position -> position = next; n = 1
       :: else
       fi;
       f = 0; id = 0; next = 0 };
     if :: n == 1 -> n = 0; h = 0; goto look :: n == 0 fi
  :: f == 0
  fi;
#endif
#endif
  next = NONE;
  if
  :: atomic { !waits && count == met -> skip }
  :: atomic { waits || count != met ->
       waits = false;
       f = count;
       if :: f - met > READABLE -> met = f - READABLE :: else fi };  /* it stood where we are, or before */
     /* meet */
     do
     :: met < f ->
        atomic { next = where[KEPT(met)]; id = who[KEPT(met)] };
        if
        :: atomic { count >= met + ENDS_KEPT -> met++; next = NONE; id = 0 }  /* read_end: forgotten meanwhile */
        :: atomic { count < met + ENDS_KEPT && next > position -> id = 0; break }
        :: atomic { count < met + ENDS_KEPT && next <= position ->
#ifndef LOSSY
             assert(next == position);
#endif
             assert(id > last_met);  /* each end, once, where it stands */
             last_met = id;
             met++;
             id = 0; h = 0; f = 0; next = 0 };
           ends_met = met;
           goto look
        fi
     :: met == f -> break
     od
  fi;
  atomic {
    n = h - position;
    if :: next != NONE && next - position < n -> n = next - position :: else fi;
    h = 0; next = 0; f = 0 };
  if
#ifdef LOSSY
  :: n > 0 ->
     do
     :: atomic { f < n ->
          torn = torn || payload[AT(position + f)] != position + f + 1 || written[position + f] != written[position] ||
                 written[position] <= last_met;
          f++ }
     :: atomic { f == n -> f = 0; break }
     od;
     if
     :: atomic { floor <= position -> assert(!torn); position = position + n; n = 0 }; goto look
     :: atomic { floor > position -> torn = false; n = 0 }; goto note_loss
     fi
#else
  :: n > 0 ->
     atomic {
       do
       :: f < n ->
          assert(payload[AT(position + f)] == position + f + 1);
          assert(written[position + f] == written[position] && written[position] > last_met);  /* crosses no end */
          f++
       :: else -> f = 0; break
       od;
       position = position + n;
       n = 0 };
     cursor = position;
     goto look
#endif
  :: n == 0
  fi;
  /* Nothing: what ends the wait, and a writer that is found dead. */
  if
  :: atomic { head > position || count > met -> skip }; goto look
  :: atomic { STATE(identity) == LIVE && GENERATION(identity) == dead + 1 && stores == 0 -> id = identity };
     finish_publisher(id);
     goto look
  fi;

note_loss:
  atomic { f = floor; h = 0; assert(f > position); position = f; f = 0 };
  goto look
}

active proctype Fate() {
  if
  /* What stands last in the store buffer may never have got there. */
  :: atomic { GENERATION(identity) == 1 -> dead = 0; do :: stores > 0 -> stores--; store[stores] = 0 :: break od }
  :: atomic { GENERATION(identity) == 2 -> dead = 1; do :: stores > 0 -> stores--; store[stores] = 0 :: break od }
  :: dead = READER
  :: skip
  fi
}

#define IS_OVER(w) (closed[w] || dead == w)
active proctype Monitor() {
  timeout -> atomic {
    assert(IS_OVER(0) && IS_OVER(1) && IS_OVER(2));
    assert(dead == READER || (position == head && met == count))
  }
}
