/* SPDX-License-Identifier: BSL-1.0 */
/* A reliable subscriber among many publishers: consumer::look, take and release_until, again and again.

   That it takes its time with a record is that it comes late to the step in which it reads the record and moves its
   cursor: what would spoil the record in between is caught by give(). may_leave: it may also stop, once. */

inline follow(position, may_leave) {
  do
  :: atomic {
       stamp[AT(position)] == sequence ||
       (IS_RESOLVED(A[IDX(sequence)], sequence) && STATE(A[IDX(sequence)]) == COMMITTED) ->
       assert(WAS_COMMITTED(sequence));
       assert(payload[AT(position)] >> 1 == sequence);
       if
       :: (payload[AT(position)] & 1) == 1 ->
          assert(payload[AT(position + 1)] >> 1 == sequence);
          position = position + 2
       :: else -> position++
       fi;
       sequence++;
       cursor = sequence  /* cursor_moved */
     }
  :: atomic {
       IS_RESOLVED(A[IDX(sequence)], sequence) && STATE(A[IDX(sequence)]) == ABORTED ->
       assert(!WAS_COMMITTED(sequence));
       position = B[IDX(sequence)];
       sequence++;
       cursor = sequence
     }
  :: atomic { IS_RESERVED(A[IDX(sequence)], sequence) && !IS_HOPELESS(A[IDX(sequence)]) -> w = A[IDX(sequence)] };
     resolve(sequence, w);
     w = 0
  :: atomic { IS_AHEAD(A[IDX(sequence)], sequence) -> assert(false) }
  :: atomic { may_leave -> may_leave = false; break }
  od
}
