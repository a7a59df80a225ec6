/* SPDX-License-Identifier: BSL-1.0 */
/* The event descriptor: lib/src/wait/watcher.cpp and lib/src/channel/event_source.cpp. A subscriber arms, waits until
   its descriptor is readable, takes what is there, and arms again; a thread of the library sleeps in its place; a waker
   publishes by plain stores, which wait in its store buffer. */

#define NOBODY 9
#ifndef RECORDS
#define RECORDS 3
#endif
#define WAITERS 1

byte word;              /* of the channel: epoch << 1 | WAITERS */
byte stored, stores;    /* records that are there to be seen, and in the store buffer of the waker */
bool gone;              /* the waker is dead, or stopped for ever */

bool locked;            /* the watcher's mutex */
byte changes;           /* what it has to take note of */
bool armed, exists = true;
byte stands;            /* what the subscriber had taken when it armed */
byte taken;             /* and by now */
byte readable;          /* the count of the event descriptor */

bool on_changes, on_word;  /* on which words the watcher sleeps */
bool asleep;
bool slice_over, ended;

#define FLUSH stored = stored + stores; stores = 0
#define WAKE(queued) if :: queued -> on_changes = false; on_word = false; asleep = false :: else fi

active proctype Memory() {
  do
  :: atomic { stores > 0 -> stored++; stores-- }
  od
}

active proctype Waker() provided (!gone) {
  byte k, value;
  do
  :: k < RECORDS ->
     atomic { k++; stores++ };
     /* is_heard */
#if defined(ASYMMETRIC) || defined(WITHOUT_BARRIER)
     value = word;
#else
     atomic { stores == 0 -> value = word };
#endif
     if
     :: (value & WAITERS) == 0
     :: (value & WAITERS) == 1 ->
        /* wake_all */
        value = word;
        do
        :: (value & WAITERS) == 0 -> break
        :: atomic { (value & WAITERS) == 1 && word != value -> FLUSH; value = word }
        :: atomic { (value & WAITERS) == 1 && word == value -> FLUSH; word = (word & ~WAITERS) + 2 };
           atomic { WAKE(on_word) };
           break
        od
     fi;
     value = 0
  :: k == RECORDS -> k = 0; break
  od
}

#define HAS_NEWS (stored > stands)
inline fire() { assert(exists && readable == 0); readable++ }

active proctype Watcher() {
  byte own, value;
  bool sleeps;
  do
  :: atomic { !locked -> locked = true };
     /* prepare */
     own = changes;
     if
     :: armed ->
#ifdef LOOKS_BEFORE_ANNOUNCING
        atomic { if :: HAS_NEWS -> sleeps = false :: else -> sleeps = true fi };
#endif
        atomic { word = word | WAITERS; value = word };
#ifdef ASYMMETRIC
        atomic { FLUSH };  /* fence_wakers */
#endif
        if
#ifdef LOOKS_BEFORE_ANNOUNCING
        :: !sleeps -> atomic { armed = false; fire() }
        :: sleeps -> sleeps = false
#else
        :: atomic { HAS_NEWS -> skip };
#ifndef STAYS_ARMED
           armed = false;
#endif
           atomic { fire() }
        :: atomic { !HAS_NEWS -> skip }
#endif
        fi;
        sleeps = true
     :: !armed -> sleeps = false
     fi;
     locked = false;
     /* futex_wait_any: word by word it compares and queues; it sleeps if none has changed and none was woken */
     atomic { if :: changes == own -> on_changes = true; asleep = true :: else fi; own = 0 };
     if
     :: asleep && sleeps -> atomic { if :: word == value -> on_word = asleep :: else -> asleep = false fi }
     :: else
     fi;
     atomic { value = 0; sleeps = false };
     atomic { !asleep -> on_changes = false; on_word = false }
  od
}

active proctype Subscriber() {
  bool again;
  do
  :: /* arm: what fired for an earlier arming is taken back */
     atomic { !locked -> locked = true };
     atomic { readable = 0; stands = taken };
     if
     :: atomic { HAS_NEWS -> armed = false; fire() }
     :: atomic { !HAS_NEWS -> armed = true;
#ifndef ARMS_SILENTLY
          changes++
#endif
        }
     fi;
     locked = false;
#ifndef ARMS_SILENTLY
     atomic { WAKE(on_changes) };  /* kick */
#endif
     if
     :: readable > 0 ->
        do
        :: atomic { stored > taken -> taken++ }
        :: atomic { stored == taken -> break }
        od
     :: !again -> again = true  /* it arms once more, be it told or not */
     :: taken > 0 ->  /* it has had enough, and gives the watch back */
        atomic { !locked -> locked = true };
        atomic { exists = false; armed = false; changes++; ended = true };
        locked = false;
        atomic { WAKE(on_changes) };
        break
     fi
  od
}

active proctype Fate() {
  if
#ifdef DEATHS
  :: gone = true
#endif
  :: skip
  fi
}

/* Nobody can go on: nothing is there that the subscriber is not told of, unless the waker is gone; for that there are
   slices, and one is enough. */
active proctype Monitor() {
  do
  :: timeout -> atomic {
       if
       :: !ended && stored > taken ->
          assert(gone && armed);
          assert(!slice_over);
          slice_over = true;
          WAKE(true)
       :: else -> break
       fi }
  od
}
