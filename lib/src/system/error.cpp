// SPDX-License-Identifier: BSL-1.0
#include "quoit/error.hpp"

#include <cerrno>

#include <fmt/format.h>

#include "system/fail.hpp"

namespace quoit {

namespace {

class quoit_category final : public std::error_category {
 public:
  char const* name() const noexcept override { return "quoit"; }
  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::bad_name: return "the name is not allowed";
      case errc::bad_options: return "the options are not possible";
      case errc::no_such_channel: return "nobody holds a channel of this name";
      case errc::exists: return "a live channel of this name exists already";
      case errc::mismatch: return "the channel differs from what was asked for";
      case errc::no_memory: return "there is not enough memory for it";
      case errc::publisher_taken: return "the channel has a living publisher";
      case errc::no_slot: return "all places are taken";
      case errc::untrusted: return "the registry cannot be trusted";
      case errc::damaged: return "it is not what a working peer writes";
      case errc::unreachable: return "the channel is held but cannot be reached from here";
      case errc::incompatible: return "it was made by an incompatible build";
      case errc::busy: return "somebody else is at work on it";
      case errc::detached: return "the object, or a descriptor that it needs, was closed";
      case errc::forked: return "the object belongs to the parent process";
      case errc::timeout: return "the time is over";
      case errc::not_creator: return "only its creator may publish in this channel";
      case errc::not_held: return "what was asked for is not in the ring";
    }
    return fmt::format("unknown error {}", value);
  }
};

std::string compose(std::error_code code, error_facts const& f) {
  std::string text = "cannot " + f.doing;
  if (!f.name.empty()) text += " '" + printable(f.name) + "'";
  text += ": " + code.message();
  if (!f.path.empty()) text += " [" + printable(f.path) + "]";
  if (!f.expected.empty()) text += "; expected: " + f.expected;
  if (!f.found.empty()) text += "; found: " + printable(f.found);
  if (!f.advice.empty()) text += "; to do: " + f.advice;
  return text;
}

std::string usual_cure(int e) {
  switch (e) {
    case EMFILE: return "close some descriptors or raise the limit (ulimit -n)";
    case ENFILE: return "the machine has too many open files; raise fs.file-max";
    case ENOMEM: return "check the limits (ulimit -v, vm.max_map_count) and the free memory";
    case ENOSPC: return "free some space or memory, or ask for a smaller capacity";
    default: return {};
  }
}

}  // namespace

std::error_category const& category() noexcept {
  static quoit_category const instance;
  return instance;
}

std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), category()}; }

error::error(std::error_code code, error_facts facts)
    : std::system_error(code), facts_(std::move(facts)), text_(compose(code, facts_)) {}

error::~error() = default;

void fail(errc code, error_facts facts) { throw error(make_error_code(code), std::move(facts)); }

void fail_errno(error_facts facts) { fail_errno(errno, std::move(facts)); }

void fail_errno(int saved, error_facts facts) {
  if (facts.advice.empty()) facts.advice = usual_cure(saved);
  throw error(std::error_code(saved, std::system_category()), std::move(facts));
}

void fail_within(error const& cause, std::string_view doing, std::string_view name) {
  auto facts = cause.facts();
  // A failed system call wants to be named; our own codes say by themselves what is wrong.
  if (cause.code().category() == std::system_category() && !facts.doing.empty() && facts.doing != doing) {
    facts.found = facts.found.empty() ? "could not " + facts.doing : facts.found + " (could not " + facts.doing + ")";
  }
  facts.doing = doing;
  facts.name = name;
  throw error(cause.code(), std::move(facts));
}

std::string printable(std::string_view text) {
  std::string out;
  for (char const c : text) {
    auto const u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u < 0x7F) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", u);
    }
  }
  return out;
}

}  // namespace quoit
