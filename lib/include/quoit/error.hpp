// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>
#include <system_error>

#include "quoit/export.hpp"

/// \file
/// What set-up throws. An error says what was tried, on which channel and file, what was expected and what was
/// found there, and what to do next. A system call that failed is told by its errno as the error code; everything
/// else has a code of `quoit::errc`.

namespace quoit {

/// Why set-up failed, where errno does not say it.
enum class errc {
  bad_name = 1,     ///< A channel name with a character or a length that is not allowed.
  bad_options,      ///< Options that contradict each other or are out of range, capacity among them.
  no_such_channel,  ///< Nobody holds a channel of this name.
  exists,           ///< A live channel of this name is there already.
  mismatch,         ///< The channel has another kind, type or capacity than was asked for.
  no_memory,        ///< The machine, the control group or a resource limit does not allow that much memory.
  publisher_taken,  ///< All places for publishers (by default it is one) are taken by living ones.
  no_slot,          ///< All places for participants (or for reliable subscribers) are taken by living ones.
  untrusted,        ///< The registry directory, or a file in it, belongs to or could be changed by others.
  damaged,          ///< A registry file or a superblock that no working peer has written.
  unreachable,      ///< The channel is held, but its memory cannot be reached from here.
  incompatible,     ///< The channel was made with another layout version, page size or cache-line size.
  busy,             ///< Somebody else is at work on it: changes the name, has the file, or has opened what is sealed.
  detached,         ///< The object was closed or moved from, or somebody has closed the library's descriptors.
  forked,           ///< The object was made before a fork(), and this is the child.
  timeout,          ///< The time given is over.
  not_held,         ///< What a subscriber is to start with has been written over, or is not there yet.
  not_creator,      ///< Only the process that created the channel may publish in it (`creator_only`).
};

QUOIT_API std::error_category const& category() noexcept;
QUOIT_API std::error_code make_error_code(errc e) noexcept;

/// The parts from which an error's text is made. Empty parts are left out of the text.
struct error_facts {
  std::string doing{};     ///< "create channel", "open channel", ...
  std::string name{};      ///< The channel, as its user wrote it (control characters shown as escapes).
  std::string path{};      ///< The file or directory in question.
  std::string expected{};  ///< What should have been there.
  std::string found{};     ///< What was there.
  std::string advice{};    ///< What to do next.
};

/// Thrown by set-up. `code()` is for programs, `what()` for people, `facts()` for both.
class QUOIT_API error : public std::system_error {
 public:
  error(std::error_code code, error_facts facts);
  error(error const&) = default;
  error& operator=(error const&) = default;
  ~error() override;

  error_facts const& facts() const noexcept { return facts_; }

  /// One line: what was tried, why it failed, where, expected and found, what to do.
  char const* what() const noexcept override { return text_.c_str(); }

 private:
  error_facts facts_;
  std::string text_;
};

}  // namespace quoit

template <>
struct std::is_error_code_enum<quoit::errc> : std::true_type {};
