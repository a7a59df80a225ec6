// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

/// \file
/// What lies where in the two objects of a segment. Structs and constants only; no behaviour.
///
///     header object                                                     data object
///     +-------------+-----------+--------------+------------------+     +----------------------------+
///     | superblock  | hot words | slots        | descriptors      |     | records, wrapping at N     |
///     | one page,   | and ends  | P + S of     | D of 16 bytes    |     | [prefix|payload][prefix|...|
///     | read-only   |           | 512 bytes    | (32 with times)  |     |                            |
///     +-------------+-----------+--------------+------------------+     +----------------------------+
///
/// Whatever two sides write lies on different 128-byte lines (two cache lines: processors prefetch pairs).
/// Positions are byte counts that only grow; `position & (N - 1)` is the offset in the ring. Sequence numbers begin
/// with 1; record i has the descriptor `i & (D - 1)`. Descriptor 0 stands at first for a record 0 of no bytes that
/// was resolved before anything began, so that the end of the record before is always there to be read.
/// A stream has neither prefixes nor descriptors: its ring holds the bytes alone.

namespace quoit::segment {

inline constexpr std::uint64_t superblock_magic = 0x31'54'49'4F'55'51'00'01;  // "..QUOIT1"
inline constexpr std::uint32_t layout_version = 4;
inline constexpr std::size_t line = 128;
inline constexpr std::size_t prefix_bytes = 16;
inline constexpr std::size_t ends_kept = 24;  ///< Of which all but the one that is being written can be read.
inline constexpr std::uint32_t most_slots = 1000;
inline constexpr std::uint64_t least_records = 8;
inline constexpr std::uint64_t most_records = std::uint64_t{1} << 32U;
inline constexpr std::uint64_t most_capacity = std::uint64_t{1} << 45U;  // twice that still fits 47 bits of addresses
inline constexpr std::uint64_t longest_record = std::uint64_t{1} << 31U;

/// Fixed at creation. Stands in the superblock and in the registry file.
struct rules {
  std::uint64_t capacity;      ///< N, a power of two.
  std::uint64_t records;       ///< D, a power of two; 0 for a stream, which has no descriptors.
  std::uint32_t slots;         ///< S, places for subscribers; those of publishers come on top.
  std::uint32_t max_reliable;  ///< Reliable subscribers take this many places, behind those of the publishers.
  std::uint32_t alignment;     ///< Of payloads, a power of two; 1 for a stream.
  std::uint32_t type_version;
  std::uint32_t type_size;        ///< Of the type of payloads, in bytes; 0: not stated.
  std::uint32_t type_alignment;   ///< Of that type; 0: not stated.
  std::uint32_t tail_size;        ///< Of each element behind it; 0: none.
  std::uint8_t kind;              ///< 1: messages. 2: a stream.
  std::uint8_t publishers;        ///< 1: one. 2: many.
  std::uint8_t barrier;           ///< 1: wakers fence. 2: sleepers do, for all.
  std::uint8_t timestamps;        ///< 0 or 1.
  std::uint8_t backing;           ///< 1: memfd. 2: hugetlb. 3: a file. 4: System V segments.
  std::uint8_t creator_only;      ///< 0 or 1: the data is sealed against all writers but the creator's mapping.
  std::uint16_t publisher_slots;  ///< P, places for publishers: 1 if there is one, else 2 to 1000.
  std::array<std::uint8_t, 4> pad_more;
  std::array<char, 104> type_name;  ///< Ends with zeros.
};
static_assert(sizeof(rules) == 160);

inline constexpr std::uint8_t kind_messages = 1;
inline constexpr std::uint8_t kind_stream = 2;
inline constexpr std::uint8_t publishers_one = 1;
inline constexpr std::uint8_t publishers_many = 2;
inline constexpr std::uint32_t most_places = 1023;  ///< Of publishers and subscribers together: ten bits, and no 1023.
inline constexpr std::uint8_t barrier_fence = 1;
inline constexpr std::uint8_t barrier_asymmetric = 2;
inline constexpr std::uint8_t backing_memfd = 1;
inline constexpr std::uint8_t backing_hugetlb = 2;
inline constexpr std::uint8_t backing_file = 3;
inline constexpr std::uint8_t backing_sysv = 4;
inline constexpr std::uint64_t huge_page = std::uint64_t{1} << 21U;

using uuid = std::array<std::uint8_t, 16>;

/// The first page. Written once, before anybody else can see it; mapped read-only from then on, by everybody. (In a
/// file that nobody uses, `boot` is written anew after another boot of the machine, and `name` if it gets another one.)
struct superblock {
  std::uint64_t magic;
  std::uint32_t version;  ///< Of the layout.
  std::uint32_t bytes;    ///< Of this struct.
  std::uint64_t format;   ///< Mixes the sizes that two builds must agree on.
  segment::uuid uuid;
  segment::uuid boot;
  std::uint64_t key;  ///< Random; goes into the stamps, so that payload cannot look like a stamp by accident.
  std::int64_t created_realtime;   ///< ns; with the next word it relates the two clocks.
  std::int64_t created_monotonic;  ///< ns.
  std::uint64_t header_size;
  segment::rules rules;
  std::array<char, 208> name;  ///< Of the channel; ends with zeros. None: all zeros.
  std::uint64_t checksum;      ///< Of all before it.
};
static_assert(sizeof(superblock) == 464 && offsetof(superblock, checksum) == 456);
static_assert(sizeof(superblock) <= 512, "one sector of a disk: it is written whole, or not at all");

/// One word alone on its line.
template <class T>
struct alignas(line) lone {
  std::atomic<T> word;
  static_assert(std::atomic<T>::is_always_lock_free && sizeof(std::atomic<T>) == sizeof(T));
};

/// How a publisher's time ended.
struct end {
  std::atomic<std::uint64_t> who;       ///< segment/words.hpp
  std::atomic<std::uint64_t> sequence;  ///< The first number that is not its own. Of a stream: a position.
};
static_assert(sizeof(end) == 16);

struct hot {
  lone<std::uint64_t> next;     ///< T: about where the next record goes, a hint. Of a stream: the head, exactly.
  lone<std::uint64_t> floor;    ///< R: the oldest record that is kept. Of a stream: the oldest byte.
  lone<std::uint32_t> data;     ///< Futex: subscribers sleep here.
  lone<std::uint32_t> space;    ///< Futex: publishers sleep here.
  lone<std::uint32_t> retired;  ///< Not 0: the name leads elsewhere now.
  lone<std::uint32_t> places;   ///< Slots with this index or above have never been used.
  lone<std::uint64_t> ends;     ///< How many ends were ever written; the last ones are below.
  alignas(line) std::array<end, ends_kept> end_of;
};
static_assert(sizeof(hot) == 10 * line && offsetof(hot, end_of) == 7 * line);

/// Text in shared memory: words, so that racing reads are atomic.
template <std::size_t Words>
using shared_text = std::array<std::atomic<std::uint64_t>, Words>;

/// A participant's place. `identity` is changed by compare-and-swap, all else by the owner alone (but for `overslept`,
/// where a watcher of its process counts, too).
struct alignas(line) slot {
  std::atomic<std::uint64_t> identity;  ///< segment/words.hpp
  std::atomic<std::uint64_t> request;   ///< One of many publishers: how many bytes of the ring it is about to claim.

  alignas(line) std::atomic<std::uint64_t> cursor;  ///< Subscriber: the oldest record (or byte) it needs.

  std::atomic<std::uint64_t> ends_met;  ///< Reader of a stream: ends before this one are behind it.

  alignas(line) std::atomic<std::uint64_t> pid;
  std::atomic<std::uint64_t> start_time;  ///< Of the process, in clock ticks since boot.
  shared_text<6> label;
  shared_text<8> name;  ///< Reserved for participants that are found again by name.

  alignas(line) std::atomic<std::uint64_t> generation;  ///< Whose counters these are.
  std::atomic<std::uint64_t> messages;
  std::atomic<std::uint64_t> bytes;
  std::atomic<std::uint64_t> sleeps;
  std::atomic<std::uint64_t> overslept;  ///< Slices of sleep that ran out although something was there.
  std::atomic<std::uint64_t> recovered;
  std::atomic<std::uint64_t> dropped;  ///< Publisher: messages that found no room and were not published.
  std::atomic<std::uint64_t> lost;     ///< Lossy subscriber: sequence numbers that were gone before they were read.
  std::atomic<std::uint64_t> wakes;    ///< Times that it found somebody asleep, and woke him.
};
static_assert(sizeof(slot) == 4 * line && offsetof(slot, cursor) == line && offsetof(slot, pid) == 2 * line &&
              offsetof(slot, generation) == 3 * line);

/// The truth about one record, out of the payload's reach.
struct descriptor {
  std::atomic<std::uint64_t> a;  ///< Lap, owner, state: segment/words.hpp
  std::atomic<std::uint64_t> b;  ///< The position at which the record ends and the next one starts.
};
static_assert(sizeof(descriptor) == 16);

/// With the rule `timestamps`.
struct timed_descriptor {
  descriptor base;
  std::atomic<std::int64_t> time;  ///< Of the commit, CLOCK_MONOTONIC, ns.
  std::uint64_t pad;
};
static_assert(sizeof(timed_descriptor) == 32);

/// Directly before each payload. Accessed by atomic_ref, since lossy readers race with the next lap.
struct prefix {
  std::uint32_t length;  ///< 31 bits; the top bit: shrunk, the next record starts where the descriptor says.
  std::uint32_t tag;
  std::uint64_t stamp;  ///< Announces the record: a mix of key, sequence number and position, and two bits.
};
static_assert(sizeof(prefix) == prefix_bytes && offsetof(prefix, stamp) == 8);

inline constexpr std::uint32_t shrunk_flag = std::uint32_t{1} << 31U;

/// In a stamp: nothing follows in the same batch. The lowest bit is always set.
inline constexpr std::uint64_t stamp_last = 2;

// -- a channel in one file -----------------------------------------------------------------------------------------
//
//     0             header_size   data_at          data_at + N       sync_at, a page each
//     +-------------+             +----------------+                 +--------------+--------------+
//     | header      |  (nothing)  | data           |                 | sync point   | sync point   |
//     +-------------+             +----------------+                 +--------------+--------------+

inline constexpr std::uint64_t sync_magic = 0x31'43'4E'59'53'51'00'01;  // "..QSYNC1"
inline constexpr std::size_t most_sync_pieces = 256;

/// What was on the disk, whole, when `channel::sync` returned. Two of them are written by turns, so that one is always
/// whole. Accessed by pread and pwrite alone.
struct sync_point {
  std::uint64_t magic;
  std::uint64_t number;    ///< The larger one of two is the later one.
  std::uint64_t sequence;  ///< The first one that is not covered. 0 for a stream.
  std::uint64_t floor;     ///< The position from which on bytes are covered.
  std::uint64_t head;      ///< The position before which they are.
  std::uint64_t pieces;    ///< How many digests there are.
  std::uint64_t clean;     ///< 1: the last publisher had closed, and none has come since. 0: one was, or may have been.
  /// Of the covered bytes between two multiples of N / 256 (at least 64): the newest piece first.
  std::array<std::uint64_t, most_sync_pieces + 1> digest;
  std::uint64_t checksum;  ///< Of all before it.
};
static_assert(sizeof(sync_point) == 2120 && sizeof(sync_point) <= 4096);

}  // namespace quoit::segment
