/* SPDX-License-Identifier: BSL-1.0 */
/* Sleeping and waking: lib/src/wait/futex_word.cpp, waiter.cpp and lib/src/ring/signals.hpp.

   Two wakers, who each publish some records by plain stores, which wait in their store buffers; two sleepers, who want
   them all. The rule of the channel is that wakers fence; or, ASYMMETRIC, that sleepers fence all who have joined the
   barrier. FENCES_ITSELF: waker 0 could not join, and so fences. One waker and one sleeper may be killed or stopped. */

#define NOBODY 9
#ifndef RECORDS
#define RECORDS 1
#endif
#ifndef RECORDS_1
#define RECORDS_1 1
#endif

byte word;              /* epoch << 1 | WAITERS */
#define WAITERS 1
byte stored[2];         /* so many records of each waker are there to be seen; */
byte stores[2];         /* and so many more wait in its store buffer */
bool asleep[2];
byte got[2];            /* how many records this sleeper has taken */
bool interrupted;       /* sleeper 0 is to come back */
byte gone = NOBODY;     /* a waker that is dead or stopped */
byte killed = NOBODY;   /* a sleeper that is */

bool slice_over;

inline flush(p) { stored[p] = stored[p] + stores[p]; stores[p] = 0 }

active proctype Memory() {
  do
  :: atomic { stores[0] > 0 -> stored[0]++; stores[0]-- }
  :: atomic { stores[1] > 0 -> stored[1]++; stores[1]-- }
  od
}

/* -- Wakers: processes 1 and 2 ------------------------------------------------------------------------------------- */

#define ME (_pid - 1)

#ifdef ASYMMETRIC
#ifdef FENCES_ITSELF
#define FENCED(p) (p == 1 || stores[p] == 0)
#define JOINED(p) (p == 1)
#elif defined(NEITHER_JOINS_NOR_FENCES)
#define FENCED(p) true
#define JOINED(p) (p == 1)
#else
#define FENCED(p) true
#define JOINED(p) true
#endif
#elif defined(WITHOUT_BARRIER)
#define FENCED(p) true
#else
#define FENCED(p) (stores[p] == 0)
#endif

#ifdef WITHOUT_EPOCH
#define WOKEN(value) 0
#else
#define WOKEN(value) ((value & ~WAITERS) + 2)
#endif

active [2] proctype Waker() provided (gone != ME) {
  byte k, value;
  do
  :: atomic { k < (ME == 0 -> RECORDS : RECORDS_1) -> k++; stores[ME]++ };
     /* is_heard */
     if
     :: atomic { FENCED(ME) && (word & WAITERS) == 0 -> skip }
     :: atomic { FENCED(ME) && (word & WAITERS) == 1 -> skip };
        value = word;
        /* wake_all */
        do
        :: (value & WAITERS) == 0 -> break
        :: atomic { (value & WAITERS) == 1 && word != value -> flush(ME); value = word }
        :: atomic { (value & WAITERS) == 1 && word == value -> flush(ME); word = WOKEN(value) };  /* wake_cleared */
           atomic { asleep[0] = false; asleep[1] = false };
           break
        od;
        value = 0
     fi
  :: atomic { k == (ME == 0 -> RECORDS : RECORDS_1) -> k = 0; break }
  od
}

/* -- Sleepers: processes 3 and 4 ----------------------------------------------------------------------------------- */

#define MYSELF (_pid - 3)

#define IS_INTERRUPTED (MYSELF == 0 && interrupted)
#define HAS_NEWS(s) (stored[0] + stored[1] > got[s])

active [2] proctype Sleeper() provided (killed != MYSELF) {
  byte value;
  do
  :: atomic { HAS_NEWS(MYSELF) -> got[MYSELF]++ }
  :: atomic { IS_INTERRUPTED -> break }
  :: atomic { !HAS_NEWS(MYSELF) && !IS_INTERRUPTED -> skip };
     atomic { word = word | WAITERS; value = word };  /* sleeper_announced */
#ifdef ASYMMETRIC
     /* fence_wakers: each at its own moment */
     if :: JOINED(0) -> atomic { flush(0) } :: else fi;
     atomic { flush(1) };
#endif
     if
     :: atomic { IS_INTERRUPTED -> value = 0 }
     :: atomic { !IS_INTERRUPTED -> skip };
        if
        :: atomic { HAS_NEWS(MYSELF) -> value = 0 }
        :: atomic { !HAS_NEWS(MYSELF) -> skip };
           /* sleep_on: the kernel compares and puts to sleep in one step */
           atomic { if :: word == value -> asleep[MYSELF] = true :: else fi; value = 0 };
           !asleep[MYSELF]
        fi
     fi
  od
}

#ifdef INTERRUPTS
active proctype Interrupter() {
  interrupted = true;
  atomic { word = word + 2 };
  atomic { asleep[0] = false; asleep[1] = false }  /* wake_unasked */
}
#endif

active proctype Fate() {
  if
#ifdef DEATHS
  :: gone = 0
  :: gone = 1
#endif
  :: skip
  fi;
  if
#ifdef DEATHS
  :: killed = 0
#endif
  :: skip
  fi
}

/* Nobody can go on: then nobody sleeps who has something to take, unless its waker is gone; for that there are slices,
   and one is enough. */
#define OVERSLEEPS(s) (killed != s && asleep[s] && (HAS_NEWS(s) || (s == 0 && interrupted)))
active proctype Monitor() {
  do
  :: timeout -> atomic {
       if
       :: OVERSLEEPS(0) || OVERSLEEPS(1) ->
          assert(gone != NOBODY);
          assert(!slice_over);
          slice_over = true;
          asleep[0] = false;
          asleep[1] = false
       :: else -> break
       fi }
  od;
  assert(killed == 0 || !HAS_NEWS(0) || interrupted);
  assert(!HAS_NEWS(1))
}
