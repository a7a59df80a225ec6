// SPDX-License-Identifier: BSL-1.0
#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace example {

using namespace std::chrono_literals;

namespace {

using seconds = std::chrono::duration<double>;

double gigabytes_per_second(std::uint64_t bytes, seconds time) noexcept {
  return static_cast<double>(bytes) / 1e9 / std::max(time.count(), 1e-9);
}

}  // namespace

progress::progress(char const* program, bool shown, bool data_is_terminal)
    : program_(program), terminal_(::isatty(STDERR_FILENO) != 0), shown_(shown || (terminal_ && !data_is_terminal)) {}

progress::~progress() { wipe(); }

void progress::start() noexcept {
  begun_ = shown_at_ = clock::now();
  due_ = begun_ + interval;
}

bool progress::add(std::size_t bytes) {
  bytes_ += bytes;
  auto const now = clock::now();
  if (!started() || now < due_) return false;
  due_ = now + interval;
  if (shown_ && now - shown_at_ >= (terminal_ ? interval : 1s)) show(now);
  return true;
}

void progress::show(clock::time_point now) {
  auto const line =
      fmt::format("{}{}: {} bytes, {:.3f} GB/s{}", terminal_ ? "\r" : "", program_, bytes_,
                  gigabytes_per_second(bytes_ - shown_bytes_, now - shown_at_), terminal_ ? "\x1b[K" : "\n");
  std::fputs(line.c_str(), stderr);
  drawn_ = terminal_;
  shown_at_ = now;
  shown_bytes_ = bytes_;
}

void progress::wipe() noexcept {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

std::string progress::summary() const {
  seconds const time = started() ? clock::now() - begun_ : clock::duration{};
  return fmt::format("{} bytes in {:.3f} s: {:.3f} GB/s", bytes_, time.count(), gigabytes_per_second(bytes_, time));
}

}  // namespace example
