// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

/// \file
/// Messages that prove themselves: whoever reads one can tell whether it is the right one, whole and unchanged.
///
/// - 16 bytes or more: a `checked_header`, then words of a generator, the last one cut where the message ends. The
///   checksum covers these words, the sequence number and the length.
/// - Shorter ones: the first bytes of 16 that follow from the sequence number alone.
/// - All, the empty ones too: the message's tag follows from sequence number and length.

namespace example {

inline constexpr char const* checked_type = "quoit.example.checked";
inline constexpr std::uint32_t checked_version = 1;
inline constexpr char const* checked_channel = "system/messages";

struct checked_header {
  std::uint64_t sequence;  ///< From 1 on.
  std::uint32_t length;    ///< Of the whole message.
  std::uint32_t checksum;
};
static_assert(std::is_trivially_copyable_v<checked_header> && sizeof(checked_header) == 16);

inline constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

/// The scrambler of splitmix64: each of its inputs has an output of its own, and neighbours look unrelated.
constexpr std::uint64_t scramble(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111eb;
  return x ^ (x >> 31U);
}

constexpr std::uint32_t checked_tag(std::uint64_t sequence, std::size_t length) noexcept {
  return static_cast<std::uint32_t>(scramble(sequence * golden + length));
}

/// Takes words in order; two exchanged ones make another sum.
class checksum {
 public:
  checksum(std::uint64_t sequence, std::size_t length) noexcept : sum_(scramble(sequence) + length) {}
  void add(std::uint64_t word) noexcept { sum_ = std::rotl(sum_ ^ word, 29) * golden; }
  std::uint32_t result() const noexcept { return static_cast<std::uint32_t>(scramble(sum_)); }

 private:
  std::uint64_t sum_;
};

/// What a message shorter than a header begins with.
struct short_pattern {
  explicit short_pattern(std::uint64_t sequence) noexcept : words{scramble(sequence), scramble(~sequence)} {}
  std::uint64_t words[2];
};

/// Writes message `sequence` in place over the whole of `room`.
inline void write_checked(std::span<std::byte> room, std::uint64_t sequence, std::uint64_t seed) noexcept {
  if (room.size() < sizeof(checked_header)) {
    short_pattern const pattern(sequence);
    if (!room.empty()) std::memcpy(room.data(), &pattern, room.size());
    return;
  }
  checksum sum(sequence, room.size());
  std::uint64_t state = seed ^ scramble(sequence);
  std::size_t at = sizeof(checked_header);
  for (; room.size() - at >= 8; at += 8) {
    std::uint64_t const word = scramble(state += golden);
    std::memcpy(room.data() + at, &word, 8);
    sum.add(word);
  }
  if (auto const rest = room.size() - at; rest > 0) {
    std::uint64_t const made = scramble(state + golden);
    std::uint64_t word = 0;
    std::memcpy(&word, &made, rest);
    std::memcpy(room.data() + at, &word, rest);
    sum.add(word);
  }
  checked_header const header{sequence, static_cast<std::uint32_t>(room.size()), sum.result()};
  std::memcpy(room.data(), &header, sizeof header);
}

/// What is wrong with these bytes as message `sequence`; null if nothing is.
inline char const* defect_of(std::span<std::byte const> bytes, std::uint32_t tag, std::uint64_t sequence) noexcept {
  if (tag != checked_tag(sequence, bytes.size())) return "the tag does not fit sequence number and length";
  if (bytes.size() < sizeof(checked_header)) {
    short_pattern const pattern(sequence);
    bool const same = bytes.empty() || std::memcmp(bytes.data(), &pattern, bytes.size()) == 0;
    return same ? nullptr : "the bytes of a short message are wrong";
  }
  checked_header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.sequence != sequence) return "the sequence number is wrong";
  if (header.length != bytes.size()) return "the length is wrong";
  checksum sum(sequence, bytes.size());
  std::size_t at = sizeof header;
  for (; bytes.size() - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    sum.add(word);
  }
  if (auto const rest = bytes.size() - at; rest > 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, rest);
    sum.add(word);
  }
  return sum.result() == header.checksum ? nullptr : "the checksum is wrong";
}

}  // namespace example
