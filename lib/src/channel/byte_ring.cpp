// SPDX-License-Identifier: BSL-1.0
#include "quoit/byte_ring.hpp"

#include <cstring>
#include <istream>
#include <limits>
#include <ostream>

#include "system/fail.hpp"
#include "system/fd_port.hpp"
#include "system/fork_mark.hpp"
#include "system/page.hpp"

namespace quoit {

std::span<std::byte const> ring_view::bytes() const noexcept {
  return sys::is_own(mark_) ? bytes_ : std::span<std::byte const>{};
}

namespace {

/// How many bytes a stream of the standard library is given or asked for at a time.
constexpr std::size_t stream_chunk = 64 * 1024;

std::size_t whole_pages(std::size_t capacity) {
  auto const most = std::numeric_limits<std::size_t>::max() / 4;
  if (capacity == 0 || capacity > most) {
    fail(errc::bad_options, {.doing = "make a byte ring",
                             .expected = "a capacity from 1 byte to what the machine has",
                             .found = std::to_string(capacity) + " bytes"});
  }
  return sys::align_up(capacity, sys::page_size());
}

}  // namespace

byte_ring::byte_ring(std::size_t capacity, mirror::maker const& how)
    : memory_(how.make(whole_pages(capacity))), mark_(sys::own_mark()) {}

void byte_ring::swap(byte_ring& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(begin_, other.begin_);
  std::swap(size_, other.size_);
  std::swap(prepared_, other.prepared_);
  std::swap(mark_, other.mark_);
}

bool byte_ring::usable() const noexcept { return memory_ != nullptr && sys::is_own(mark_); }

std::byte* byte_ring::end() const noexcept {
  auto const at = begin_ + size_;
  return memory_->base() + (at < memory_->size() ? at : at - memory_->size());
}

std::size_t byte_ring::write(std::span<std::byte const> bytes) noexcept {
  auto const room = prepare(bytes.size());
  if (!room.empty()) std::memcpy(room.data(), bytes.data(), room.size());
  return commit(room.size());
}

std::size_t byte_ring::read(std::span<std::byte> into) noexcept {
  auto const n = std::min(into.size(), size());
  if (n > 0) std::memcpy(into.data(), here(), n);
  return consume(n);
}

std::size_t byte_ring::consume(std::size_t n) noexcept {
  n = std::min(n, size());
  size_ -= n;
  begin_ += n;
  if (memory_ != nullptr && begin_ >= memory_->size()) begin_ -= memory_->size();
  return n;
}

std::span<std::byte> byte_ring::prepare(std::size_t n) noexcept {
  prepared_ = std::min(n, free_space());
  return prepared_ == 0 ? std::span<std::byte>{} : std::span(end(), prepared_);
}

std::size_t byte_ring::commit(std::size_t n) noexcept {
  n = std::min(n, usable() ? prepared_ : 0);
  prepared_ = 0;
  size_ += n;
  return n;
}

ring_view byte_ring::peek(std::size_t n) const noexcept {
  if (!usable()) return {};
  return {memory_, {here(), std::min(n, size_)}, mark_};
}

ring_view byte_ring::next(std::size_t n) noexcept {
  auto view = peek(n);
  consume(view.size());
  return view;
}

transfer byte_ring::write_to(int fd, std::size_t n) noexcept {
  if (!usable()) return {status::detached, 0, 0};
  sys::fd_port port(fd, sys::fd_port::use::write);
  transfer done{status::ok, 0, 0};
  while (done.count < n && !empty() && done.status == status::ok) {
    auto const put = port.write_some(data().first(std::min(size(), n - done.count)));
    if (put.status == status::interrupted) continue;
    consume(put.count);
    done = {put.status, done.count + put.count, put.error};
  }
  return done;
}

transfer byte_ring::read_from(int fd, std::size_t n) noexcept {
  if (!usable()) return {status::detached, 0, 0};
  sys::fd_port port(fd, sys::fd_port::use::read);
  transfer done{status::ok, 0, 0};
  while (done.count < n && !full() && done.status == status::ok) {
    auto const got = port.read_some(prepare(n - done.count));
    if (got.status == status::interrupted) continue;
    commit(got.count);
    done = {got.status, done.count + got.count, got.error};
  }
  return done;
}

transfer byte_ring::write_to(std::ostream& out, std::size_t n) {
  if (!usable()) return {status::detached, 0, 0};
  transfer done{status::ok, 0, 0};
  while (done.count < n && !empty()) {
    auto const chunk = data().first(std::min({size(), n - done.count, stream_chunk}));
    // By the buffer, as only that tells how much it took.
    std::ostream::sentry const ready(out);
    if (!ready) return {status::failed, done.count, 0};
    auto const taken =
        out.rdbuf()->sputn(reinterpret_cast<char const*>(chunk.data()), static_cast<std::streamsize>(chunk.size()));
    done.count += consume(static_cast<std::size_t>(std::max<std::streamsize>(taken, 0)));
    if (static_cast<std::size_t>(taken) != chunk.size()) {
      out.setstate(std::ios::badbit);
      return {status::failed, done.count, 0};
    }
  }
  return done;
}

transfer byte_ring::read_from(std::istream& in, std::size_t n) {
  if (!usable()) return {status::detached, 0, 0};
  transfer done{status::ok, 0, 0};
  while (done.count < n && !full()) {
    if (!in) return {in.eof() ? status::end_of_file : status::failed, done.count, 0};
    auto const chunk = prepare(std::min(n - done.count, stream_chunk));
    struct committing {  // also if the stream throws
      byte_ring& ring;
      std::istream& in;
      std::size_t& count;
      ~committing() { count += ring.commit(static_cast<std::size_t>(in.gcount())); }
    } const guard{*this, in, done.count};
    in.read(reinterpret_cast<char*>(chunk.data()), static_cast<std::streamsize>(chunk.size()));
  }
  return done;
}

std::error_code byte_ring::release() noexcept {
  if (memory_ == nullptr) return std::make_error_code(std::errc::invalid_argument);
  memory_.reset();
  begin_ = size_ = prepared_ = 0;
  return {};
}

}  // namespace quoit
