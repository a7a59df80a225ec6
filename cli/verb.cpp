// SPDX-License-Identifier: BSL-1.0
#include "verb.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

namespace cli {

option option::required() const {
  option_->required();
  return *this;
}

option option::excludes(option const& other) const {
  option_->excludes(other.option_);
  return *this;
}

option option::one_of(std::vector<std::string> const& words) const {
  option_->check(CLI::IsMember(words));
  return *this;
}

option option::checked(char const* what, std::function<std::string(std::string const&)> const& fault) const {
  option_->check(CLI::Validator([fault](std::string& text) { return fault(text); }, what));
  return *this;
}

option option::in_group(char const* heading) const {
  option_->group(heading);
  return *this;
}

bool option::is_given() const noexcept { return option_->count() > 0; }

verb::verb(CLI::App& app, char const* name, char const* examples, char const* what)
    : app_(app.add_subcommand(name, what)) {
  // In the list of verbs stands what it does; its own help begins with examples.
  auto const formatter = std::make_shared<CLI::Formatter>();
  formatter->column_width(34);
  app_->formatter(formatter);
  app_->footer("");
  app_->preparse_callback([own = app_, examples, what](std::size_t) {
    own->description(std::string("Examples:\n") + examples + "\n" + what + ".");
  });
}

void verb::alias(char const* name) const { app_->alias(name); }

template <class T>
option verb::add_option(char const* names, T& value, char const* what) const {
  return option(*app_->add_option(names, value, what));
}

template option verb::add_option(char const*, std::string&, char const*) const;
template option verb::add_option(char const*, std::vector<std::string>&, char const*) const;
template option verb::add_option(char const*, std::uint32_t&, char const*) const;
template option verb::add_option(char const*, std::uint64_t&, char const*) const;
template option verb::add_option(char const*, std::optional<std::uint32_t>&, char const*) const;
template option verb::add_option(char const*, std::optional<std::uint64_t>&, char const*) const;

option verb::add_flag(char const* names, bool& value, char const* what) const {
  return option(*app_->add_flag(names, value, what));
}

void verb::when_read(std::function<void()> check) const { app_->parse_complete_callback(std::move(check)); }

void verb::run_as(action& chosen, action what) const {
  app_->final_callback([&chosen, what = std::move(what)] { chosen = what; });
}

void is_missing(char const* what) { throw CLI::RequiredError(what); }

}  // namespace cli
