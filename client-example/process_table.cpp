// SPDX-License-Identifier: BSL-1.0
#include "process_table.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

namespace example {

namespace {

/// Anybody can call a process what he likes: control characters would be orders to the terminal.
std::string printable(std::string_view name) {
  std::string text(name);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

double growth(std::uint64_t from, std::uint64_t to, double seconds) noexcept {
  return to > from ? static_cast<double>(to - from) / seconds : 0;
}

}  // namespace

void process_table::update(sample_reader& sample) {
  ++updates_;
  while (sample.next()) take(sample.process(), sample.name());
  std::erase_if(rows_, [this](auto const& entry) { return entry.second.seen_in != updates_; });

  // As floating point, since the times are another process's word and their difference may be anything.
  auto const taken = static_cast<double>(sample.header().taken) / 1e9;
  double const seconds = taken - step_began_;
  if (seconds >= 0 && seconds < step_seconds) return;
  bool const is_first = std::exchange(step_began_, taken) == 0;
  for (auto& [pid, row] : rows_) end_step(row, is_first ? 0 : seconds);
}

void process_table::take(process_record const& process, std::string_view name) {
  auto [entry, is_new] = rows_.try_emplace(process.pid);
  auto& row = entry->second;
  // The kernel gives a pid to another process when its first one has gone.
  if (!is_new && row.last.started != process.started) {
    row = {};
    is_new = true;
  }
  if (is_new) row.step_start = process;
  if (is_new || row.name != name) row.name = printable(name);
  row.last = process;
  row.seen_in = updates_;
}

void process_table::end_step(process_row& row, double seconds) {
  if (seconds > 0) {
    row.cpu_percent = growth(row.step_start.cpu_ns, row.last.cpu_ns, seconds) / 1e7;
    row.read_per_second = growth(row.step_start.read_bytes, row.last.read_bytes, seconds);
    row.write_per_second = growth(row.step_start.written_bytes, row.last.written_bytes, seconds);
    row.cpu.push(row.cpu_percent);
  }
  row.step_start = row.last;
}

std::vector<process_row const*> process_table::busiest(std::size_t count) const {
  std::vector<process_row const*> rows;
  rows.reserve(rows_.size());
  for (auto const& [pid, row] : rows_) rows.push_back(&row);
  auto const end = rows.begin() + static_cast<std::ptrdiff_t>(std::min(count, rows.size()));
  std::partial_sort(rows.begin(), end, rows.end(), [](auto const* a, auto const* b) {
    return std::tuple(b->cpu_percent, b->last.cpu_ns, a->last.pid) <
           std::tuple(a->cpu_percent, a->last.cpu_ns, b->last.pid);
  });
  rows.erase(end, rows.end());
  return rows;
}

}  // namespace example
