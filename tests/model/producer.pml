/* SPDX-License-Identifier: BSL-1.0 */
/* lib/src/ring/producer.cpp and limit.cpp: an exclusive publisher. Its stores are plain ones, so they wait in a store
   buffer (x86: first in, first out).

   The model that includes this says who else there is: SMALLEST_NOW(most), READER_IS_DEAD, free_reader(),
   IS_NEEDED(record); and, EVICTS, identity, IS_IN_WAY(most), evict(). */

#ifndef BATCHES
#include "store_buffer.pml"
#endif

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

#ifndef BATCHES
#define FIRST_STAMP i
inline write_records() {
  store(PLACE(TO_PAYLOAD, AT(position)), i << 1 | EXTENT(i) - 1);
  if :: EXTENT(i) == 2 -> store(PLACE(TO_TAIL, AT(position + 1)), i << 1 | 1) :: else fi
}
#endif

inline publish(me) {
  do
  :: atomic { published == RECORDS -> finished = true; i = 0; position = 0; own_floor = 0 }; break
  :: atomic { published < RECORDS && HAS_ROOM && stores + MOST_STORES <= ROOM_FOR_STORES ->
       /* What stands between these stores is no load; so all go to the store buffer at once. */
       published++;
       write_records();
#ifdef FLOOR_AFTER_PAYLOAD
       if :: owed -> store(PLACE(TO_FLOOR, 0), own_floor); owed = false :: else fi;
#endif
       position = position + EXTENT(i);
       store(PLACE(TO_B, IDX(i)), position);
       own_b[IDX(i)] = position;
       store(PLACE(TO_A, IDX(i)), WORD(i, me, COMMITTED));
       store(PLACE(TO_STAMP, AT(position - EXTENT(i))), FIRST_STAMP);
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
     atomic { FENCED ->
       x = SMALLEST_NOW(i);
       take_limit();
       if :: !HAS_ROOM -> x = SMALLEST_NOW(i) :: else fi };  /* limit_taken */
     if
     :: HAS_ROOM
     :: atomic { !HAS_ROOM && (SMALLEST_NOW(i) != x || own_floor < x) -> x = 0 }
     :: atomic { !HAS_ROOM && READER_IS_DEAD -> free_reader(); x = 0 }
#ifdef EVICTS
     /* Its patience is over: a compare-and-swap on the identity that it found, which empties the store buffer. */
     :: atomic { !HAS_ROOM && IS_IN_WAY(i) -> f = identity };
        atomic { stores == 0 -> if :: identity == f -> evict() :: else fi; f = 0; x = 0 }  /* place_evicted */
#endif
     fi
  od
}
