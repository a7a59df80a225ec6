// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

/// \file
/// What one sample looks like in the channel. Both sides include this file and nothing else of each other.
///
/// ```
///  +---------------+----------------+------+-----+----------------+------+-----+----
///  | sample_header | process_record | name | pad | process_record | name | pad | ...
///  +---------------+----------------+------+-----+----------------+------+-----+----
///  0               32               88           `size` bytes later
/// ```
///
/// Offsets and sizes only, no pointers, and nothing whose width depends on the compiler: the two sides map the ring
/// at different addresses. Numbers are in the machine's own byte order, as shared memory never leaves it.
///
/// A name is any bytes but 0, not terminated, and may hold what would upset a terminal. Zero to seven bytes of
/// padding make each record a multiple of 8, so that all numbers are aligned (a payload itself is, by 16 at least).
///
/// When a sample was published is told by the channel (`message::time()`), which is why it keeps time stamps.

namespace example {

/// What the channel says it carries. Who expects another name or version is refused when opening.
inline constexpr char const* telemetry_type = "quoit.example.telemetry";
inline constexpr std::uint32_t telemetry_version = 1;

inline constexpr char const* telemetry_channel = "system/processes";

struct sample_header {
  static constexpr std::uint32_t right_magic = 0x51544c31;  ///< "QTL1" as a number.

  std::uint32_t magic;
  std::uint32_t processes;  ///< Records that follow.
  std::uint32_t left_out;   ///< Processes for which there was no room.
  std::uint32_t cpus;       ///< Processors in use: 100 % is one of them.
  std::uint64_t number;     ///< Counts the samples of one daemon, from 1 on.
  std::int64_t taken;       ///< When reading /proc began: CLOCK_MONOTONIC, ns.
};

struct process_record {
  std::uint32_t size;           ///< Of the record with its name and padding, in bytes.
  std::int32_t pid;             ///<
  std::uint64_t started;        ///< Clock ticks since boot. With the pid, it tells one process from all others.
  std::uint64_t cpu_ns;         ///< CPU time used so far by all its threads; as fine as the clock tick (10 ms).
  std::uint64_t resident;       ///< Bytes of memory.
  std::uint64_t read_bytes;     ///< From storage, so far.
  std::uint64_t written_bytes;  ///< To storage, so far.
  std::uint32_t threads;        ///<
  std::uint16_t name_size;      ///<
  std::uint8_t io_known;        ///< 0: the daemon may not read this process's I/O, and both counts are 0.
  char state;                   ///< As in proc(5): R, S, D, Z, T, ...
};

static_assert(std::is_trivially_copyable_v<sample_header> && sizeof(sample_header) == 32);
static_assert(std::is_trivially_copyable_v<process_record> && sizeof(process_record) == 56);
static_assert(offsetof(sample_header, number) == 16 && offsetof(sample_header, taken) == 24);
static_assert(offsetof(process_record, started) == 8 && offsetof(process_record, threads) == 48);

/// The kernel cuts names at 15 bytes, those of its own threads at 63.
inline constexpr std::size_t max_name_size = 64;

/// The size of a record with a name of that many bytes.
constexpr std::size_t record_size(std::size_t name_size) noexcept {
  return (sizeof(process_record) + name_size + 7) & ~std::size_t{7};
}

}  // namespace example
