// SPDX-License-Identifier: BSL-1.0
#include "arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>

namespace example {

namespace {

/// The number at the start of `text`, and what stands behind it; nothing if there is none or it does not fit.
template <class Number>
std::optional<std::pair<Number, std::string_view>> leading(std::string_view text) {
  Number number{};
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  return std::pair{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

/// How far to shift for a unit; nothing if it is none.
std::optional<unsigned> shift_of(std::string_view unit) {
  constexpr std::array<std::pair<std::string_view, unsigned>, 4> units{
      {{"", 0}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}}};
  for (auto const& [name, shift] : units)
    if (name == unit) return shift;
  return std::nullopt;
}

}  // namespace

arguments::arguments(int argc, char const* const* argv) : words_(argv, static_cast<std::size_t>(argc)) {
  if (!words_.empty()) words_ = words_.subspan(1);
}

std::string_view arguments::take() {
  auto const* const word = words_.front();
  words_ = words_.subspan(1);
  return word;
}

bool arguments::next() {
  if (attached_) throw usage_error(fmt::format("{} takes no value", name_));
  while (!words_.empty()) {
    auto const word = take();
    if (word == "--") {
      while (!words_.empty()) operands_.emplace_back(take());
    } else if (word == "-" || !word.starts_with("-")) {
      operands_.emplace_back(word);
    } else {
      auto const equals = word.find('=');
      name_ = word.substr(0, equals);
      if (equals != std::string_view::npos) attached_ = word.substr(equals + 1);
      seen_.push_back(name_);
      return true;
    }
  }
  return false;
}

std::string_view arguments::value() {
  if (attached_) return *std::exchange(attached_, std::nullopt);
  if (words_.empty()) throw usage_error(fmt::format("{} needs a value", name_));
  return take();
}

std::string_view arguments::value_not_empty() {
  auto const text = value();
  if (text.empty()) throw usage_error(fmt::format("{} needs a value that is not empty", name_));
  return text;
}

std::uint64_t arguments::number(std::uint64_t least, std::uint64_t most) {
  auto const text = value();
  auto const read = leading<std::uint64_t>(text);
  if (!read || !read->second.empty() || read->first < least || read->first > most) {
    throw usage_error(fmt::format("{} needs a whole number from {} to {}, not '{}'", name_, least, most, text));
  }
  return read->first;
}

std::uint64_t arguments::bytes(std::uint64_t least, std::uint64_t most) {
  auto const text = value();
  auto const read = leading<std::uint64_t>(text);
  auto const shift = read ? shift_of(read->second) : std::nullopt;
  if (!shift || read->first > most >> *shift || read->first << *shift < least) {
    throw usage_error(fmt::format("{} needs a number of bytes from {} to {}, or one of KiB, MiB or GiB, not '{}'",
                                  name_, least, most, text));
  }
  return read->first << *shift;
}

double arguments::real(double least, double most) {
  auto const text = value();
  auto const read = leading<double>(text);
  // Written so that it also refuses what compares to nothing: "nan" is a number to from_chars.
  bool const good = read && read->second.empty() && read->first >= least && read->first <= most;
  if (!good) throw usage_error(fmt::format("{} needs a number from {} to {}, not '{}'", name_, least, most, text));
  return read->first;
}

void arguments::unknown() const { throw usage_error(fmt::format("unknown option {}; --help lists them", name_)); }

void arguments::allow(std::string_view mode, std::initializer_list<std::string_view> names) const {
  for (auto const name : seen_) {
    if (name == mode || name == "--help" || std::find(names.begin(), names.end(), name) != names.end()) continue;
    throw usage_error(fmt::format("{} does not go with {}; see --help", name, mode));
  }
}

std::vector<std::string> const& arguments::operands(std::size_t most) const {
  if (operands_.size() > most) throw usage_error(fmt::format("'{}' is not an option", operands_[most]));
  return operands_;
}

}  // namespace example
