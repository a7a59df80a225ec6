// SPDX-License-Identifier: BSL-1.0
#include <atomic>
#include <iostream>
#include <memory>
#include <quoit/quoit.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>

using namespace std::string_view_literals;
using namespace quoit::literals;

using counter = std::shared_ptr<std::atomic<std::size_t>>;

/// Some of the bytes that are left, taken for as long as this lives.
class share {
 public:
  share(counter left, std::size_t bytes) : left_(std::move(left)), bytes_(bytes) {
    auto found = left_->load();
    do {
      if (found < bytes) {
        throw quoit::error(quoit::errc::no_memory, {.doing = "make a ring within the budget",
                                                    .expected = "at most " + std::to_string(found) + " bytes",
                                                    .found = std::to_string(bytes) + " bytes"});
      }
    } while (!left_->compare_exchange_weak(found, found - bytes));
  }
  share(share const&) = delete;
  share& operator=(share const&) = delete;
  ~share() { *left_ += bytes_; }

 private:
  counter left_;
  std::size_t bytes_;
};

/// Another maker's memory, with its share. It goes with the ring or its last view, which may be after the maker.
class budgeted_memory final : public quoit::mirror::memory {
 public:
  budgeted_memory(counter left, std::size_t size)
      : share_(std::move(left), size), made_(quoit::mirror::memfd().make(size)) {
    base_ = made_->base();
    size_ = made_->size();
  }

 private:
  share share_;
  std::shared_ptr<quoit::mirror::memory> made_;
};

/// Hands out so many bytes to all its rings together.
class budget final : public quoit::mirror::maker {
 public:
  explicit budget(std::size_t bytes) : left_(std::make_shared<std::atomic<std::size_t>>(bytes)) {}
  std::size_t left() const { return *left_; }

  std::shared_ptr<quoit::mirror::memory> make(std::size_t size) const override {
    return std::make_shared<budgeted_memory>(left_, size);
  }
  std::string name() const override { return "budget"; }

 private:
  counter left_;
};

int main() try {
  budget const ours(128_KiB);
  quoit::byte_ring ring(100_KiB, ours);
  std::cout << ours.left() << " left\n";
  try {
    quoit::byte_ring const another(64_KiB, ours);
  } catch (quoit::error const& e) {
    std::cout << e.what() << '\n';
  }
  ring.write(std::as_bytes(std::span("held"sv)));
  auto view = ring.peek(4);
  ring.release();
  std::cout << ours.left() << " left without the ring\n";
  view = {};
  std::cout << ours.left() << " left without its view\n";
} catch (quoit::error const& e) {
  std::cerr << "budget: " << e.what() << '\n';
  return 1;
}
