// SPDX-License-Identifier: BSL-1.0
#include "arguments.hpp"

#include <fmt/format.h>

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

bool arguments::next() {
  if (attached_) throw usage_error(fmt::format("{} takes no value", name_));
  if (words_.empty()) return false;
  std::string_view const word = words_.front();
  words_ = words_.subspan(1);
  if (!word.starts_with("--")) throw usage_error(fmt::format("'{}' is not an option", word));
  auto const equals = word.find('=');
  name_ = word.substr(0, equals);
  if (equals != std::string_view::npos) attached_ = word.substr(equals + 1);
  return true;
}

std::string_view arguments::value() {
  if (attached_) return *std::exchange(attached_, std::nullopt);
  if (words_.empty()) throw usage_error(fmt::format("{} needs a value", name_));
  std::string_view const word = words_.front();
  words_ = words_.subspan(1);
  return word;
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

}  // namespace example
