/* SPDX-License-Identifier: BSL-1.0 */
/* The words of lib/src/segment/words.hpp, made small, and what may happen to processes.

   One `d_step` or `atomic` is one access to shared memory, with what its process does for itself until the next one.
   The ring has N units, a record takes 1 or 2 of them; sequence numbers begin with 1. Locals that are not needed any
   more become 0, so that states which differ in nothing else are one. */

#define N 4
#define D 4
#define IDX(i) ((i) & 3)
#define LAP(i) ((i) >> 2)
#define AT(position) ((position) & 3)

/* descriptor::a: lap | who: generation, slot | state */
#define NEVER 0
#define RESERVED 1
#define COMMITTED 2
#define ABORTED 3
#define WORD(i, who, state) (LAP(i) << 5 | (who) << 2 | (state))
#define LAP_OF(w) ((w) >> 5)
#define WHO(w) ((w) >> 2 & 7)
#define SLOT_OF(who) ((who) & 3)
#define STATE(w) ((w) & 3)
#define AS(w, state) ((w) & ~3 | (state))

#define IS_RESERVED(w, i) (LAP_OF(w) == LAP(i) && STATE(w) == RESERVED)
#define IS_RESOLVED(w, i) (LAP_OF(w) == LAP(i) && STATE(w) >= COMMITTED)
#define IS_FREE(w, i) (LAP_OF(w) < LAP(i) || (LAP_OF(w) == LAP(i) && STATE(w) == NEVER))
#define IS_AHEAD(w, i) (LAP_OF(w) > LAP(i))

/* At any step one process may die, and one may be frozen for ever. (To be frozen for a while is to be overtaken.) The
   kernel tells of death, and nothing else does. */
#define NOBODY 9
byte dead = NOBODY;
byte frozen = NOBODY;
#define RUNS(p) (dead != (p) && frozen != (p))
