// SPDX-License-Identifier: BSL-1.0
#include "top_view.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "human.hpp"
#include "json_output.hpp"
#include "screen.hpp"

namespace cli {

namespace {

constexpr std::size_t kept = 240;  // values of a sparkline
constexpr std::size_t bar_width = 12;
constexpr std::size_t least_name = 12;
constexpr std::size_t most_name = 28;
constexpr std::size_t page = 10;

char const* name_of(top_view::order o) noexcept {
  switch (o) {
    case top_view::order::name: return "name";
    case top_view::order::messages: return "messages";
    case top_view::order::bytes: return "bytes";
    case top_view::order::fill: return "fill";
    case top_view::order::lag: return "lag";
  }
  return "";
}

double share(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double fill_of(quoit::channel_info const& i, quoit::channel_sample const& s) noexcept {
  return s.limited_by_records ? share(s.records, i.records - 1) : share(s.bytes, i.capacity);
}

std::uint64_t lag_of(quoit::channel_sample const& s) noexcept {
  std::uint64_t lag = 0;
  for (auto const& p : s.participants) lag = std::max(lag, p.lag);
  return lag;
}

/// How much of what it can be behind a subscriber is behind.
double lag_share(quoit::channel_info const& i, quoit::observed_participant const& p) noexcept {
  if (!p.lag_bytes) return 1;
  auto const records = i.kind == quoit::stream ? 0 : share(p.lag, i.records - 1);
  return std::max(records, share(*p.lag_bytes, i.capacity));
}

std::string padded(std::string text, std::size_t columns) {
  if (width_of(text) > columns) text = cut(text, columns);
  return text + std::string(columns - width_of(text), ' ');
}

}  // namespace

void top_view::take(watch const& all) {
  std::erase_if(rows_, [&](auto const& r) { return !all.channels().contains(r.first); });
  for (auto const& [name, w] : all.channels()) {
    auto& r = rows_[name];
    r.name = name;
    r.info = w.info;
    r.sample = w.sample;
    r.since = w.since;
    if (w.is_fresh) continue;
    r.history.push_back(w.info.kind == quoit::stream ? w.since.bytes_a_second() : w.since.messages_a_second());
    if (r.history.size() > kept) r.history.erase(r.history.begin());
  }
}

std::vector<top_view::row const*> top_view::shown() const {
  std::vector<row const*> all;
  for (auto const& [name, r] : rows_) {
    if (name.find(filter_) != std::string::npos) all.push_back(&r);
  }
  auto const by = [&](auto value) {
    std::stable_sort(all.begin(), all.end(), [&](row const* a, row const* b) { return value(*a) > value(*b); });
  };
  switch (order_) {
    case order::name: break;
    case order::messages: by([](row const& r) { return r.since.messages_a_second(); }); break;
    case order::bytes: by([](row const& r) { return r.since.bytes_a_second(); }); break;
    case order::fill: by([](row const& r) { return fill_of(r.info, r.sample); }); break;
    case order::lag: by([](row const& r) { return lag_of(r.sample); }); break;
  }
  return all;
}

bool top_view::press(int key) {
  if (filtering_) {
    if (key == key_enter || key == key_escape) {
      filtering_ = false;
      if (key == key_escape) filter_.clear();
    } else if (key == key_backspace) {
      if (!filter_.empty()) filter_.pop_back();
    } else if (key > 0x20 && key < 0x7F) {
      filter_ += static_cast<char>(key);
    }
    return true;
  }
  auto const all = shown();
  auto const at = std::find_if(all.begin(), all.end(), [&](row const* r) { return r->name == chosen_; });
  auto const index = at == all.end() ? 0 : static_cast<std::size_t>(at - all.begin());
  auto const choose = [&](std::size_t i) {
    if (!all.empty()) chosen_ = all[std::min(i, all.size() - 1)]->name;
  };
  switch (key) {
    case 'q': return false;
    case key_up:
    case 'k': choose(index == 0 ? 0 : index - 1); break;
    case key_down:
    case 'j': choose(index + 1); break;
    case key_page_up: choose(index < page ? 0 : index - page); break;
    case key_page_down: choose(index + page); break;
    case 's': order_ = static_cast<order>((static_cast<int>(order_) + 1) % 5); break;
    case '/': filtering_ = true; break;
    case key_escape: filter_.clear(); break;
    case 'p':
    case ' ': paused_ = !paused_; break;
    case key_enter: panel_ = !panel_; break;
    default: break;
  }
  return true;
}

std::string top_view::heading(std::size_t count) const {
  std::time_t const now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  auto text = fmt::format("quoit top  {:02}:{:02}:{:02}  {} of {} channels  by {}", local.tm_hour, local.tm_min,
                          local.tm_sec, count, rows_.size(), name_of(order_));
  if (filtering_ || !filter_.empty()) text += fmt::format("  filter: {}{}", filter_, filtering_ ? "_" : "");
  if (paused_) text += "  " + painted(paint::reverse, "PAUSED");
  return text;
}

std::string top_view::line_of(row const& r, std::size_t columns, std::size_t name_width) const {
  auto const here = count(r.sample);
  bool const stream = r.info.kind == quoit::stream;
  auto const left = fmt::format("{} {:>7} {:>10} {:>4.0f}%{} {:>7} {:>3} {:>3} ", padded(r.name, name_width),
                                as_count(r.since.messages_a_second()), as_bytes(r.since.bytes_a_second()),
                                100 * fill_of(r.info, r.sample), r.sample.limited_by_records ? 'r' : ' ',
                                stream ? as_bytes(lag_of(r.sample)) : as_count(static_cast<double>(lag_of(r.sample))),
                                here.publishers, here.subscribers);
  auto const room = columns > width_of(left) ? columns - width_of(left) : 0;
  return left + painted(paint::green, sparkline(r.history, room));
}

void top_view::add_panel(std::vector<std::string>& lines, row const& r, std::size_t room, std::size_t columns) const {
  auto const& s = r.sample;
  auto const first = lines.size();
  auto const add = [&](std::string line) {
    if (lines.size() - first < room) lines.push_back(std::move(line));
  };
  add(painted(paint::bold,
              cut(fmt::format("{}  {}, {}, {}{}", r.name, cli::name_of(r.info.kind), quoit::to_string(r.info.backing),
                              as_bytes(r.info.capacity), s.retired ? ", retired" : ""),
                  columns)));
  if (s.slowest) {
    add(painted(
        paint::yellow,
        fmt::format("publishers wait for slot {}: room for {}{}", *s.slowest, as_bytes(s.room_bytes),
                    r.info.kind == quoit::stream ? std::string() : fmt::format(", {} records", s.room_records))));
  }
  if (auto const& c = s.held_up_by) {
    add(painted(paint::red, fmt::format("delivery waits for slot {}{}, which has reserved {}; {} behind it",
                                        c->publisher.slot, c->is_dead ? " (dead)" : "", c->sequence, c->behind)));
  }
  add(painted(paint::dim, "SLOT ROLE      STATE       PID LABEL            MESSAGES      LAG"));
  for (auto const& p : s.participants) {
    bool const publishes = p.role == decltype(p.role)::publisher;
    auto line = fmt::format("{:>4} {:<9} {:<7} {:>7} {} {:>8} ", p.slot, role_of(p), quoit::to_string(p.state), p.pid,
                            padded(p.label, 16), as_count(static_cast<double>(p.messages)));
    if (!publishes) {
      auto const part = lag_share(r.info, p);
      line += fmt::format("{:>8} ", as_count(static_cast<double>(p.lag)));
      line += painted(part > 0.8 ? paint::red : part > 0.4 ? paint::yellow : paint::green, bar(part, bar_width));
      if (p.lost > 0) line += fmt::format(" lost {}", p.lost);
    } else if (p.dropped > 0) {
      line += fmt::format("dropped {}", p.dropped);
    }
    add(p.state == quoit::participant_state::dead ? painted(paint::red, line) : line);
  }
}

std::vector<std::string> top_view::lines(screen_size size) const {
  auto const all = shown();
  auto const columns = static_cast<std::size_t>(std::max(size.columns, 20));
  auto const rows = static_cast<std::size_t>(std::max(size.rows, 6));
  auto const at = std::find_if(all.begin(), all.end(), [&](row const* r) { return r->name == chosen_; });
  auto const index = at == all.end() ? 0 : static_cast<std::size_t>(at - all.begin());
  auto name_width = least_name;
  for (auto const* r : all) name_width = std::clamp(r->name.size(), name_width, most_name);

  std::vector<std::string> out{heading(all.size())};
  out.push_back(
      painted(paint::dim, fmt::format("{} {:>7} {:>10} {:>5}  {:>7} {:>3} {:>3} {}", padded("NAME", name_width),
                                      "MSG/s", "BYTES/s", "FULL", "LAG", "PUB", "SUB", "RATE")));
  auto const body = rows - 3;
  // Who takes part gets half of it, and what the list does not need.
  auto const for_list = panel_ && !all.empty() ? std::min(all.size(), body - body / 2) : body;
  auto const for_panel = body - for_list;
  auto const first = index < for_list ? 0 : index - for_list + 1;
  for (auto i = first; i < all.size() && i - first < for_list; ++i) {
    auto const line = line_of(*all[i], columns, name_width);
    out.push_back(i == index && has_colour() ? "\033[1m" + line + "\033[0m" : line);
  }
  if (for_panel > 0) {
    out.push_back("");
    add_panel(out, *all[index], for_panel > 1 ? for_panel - 1 : 0, columns);
  }
  out.resize(rows - 1);
  out.push_back(painted(paint::reverse, "q quit  up/down choose  enter participants  s sort  / filter  p pause"));
  return out;
}

}  // namespace cli
