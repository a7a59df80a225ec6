// SPDX-License-Identifier: BSL-1.0
#include "quoit/mirror.hpp"

#include <cstdlib>

#include <sys/mman.h>

#include <fmt/format.h>

#include "mirror/memfd_object.hpp"
#include "mirror/mirrored.hpp"
#include "mirror/segment_id.hpp"
#include "mirror/whole_pages.hpp"
#include "system/fail.hpp"
#include "system/limits.hpp"
#include "system/page.hpp"

namespace quoit::mirror {

namespace {

/// An object that is held by its two mappings alone.
class mapped_memory final : public memory {
 public:
  mapped_memory(object const& what, std::size_t size) : both_(what, access::read_write, size) {
    base_ = both_.base();
    size_ = size;
  }

 private:
  mirrored both_;
};

std::string directory_or_default(std::string directory) {
  if (!directory.empty()) return directory;
  auto const* const chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

}  // namespace

memory::~memory() = default;
maker::~maker() = default;

std::shared_ptr<memory> memfd::make(std::size_t size) const {
  require_pages(size);
  sys::require_memory(size, size, 2 * size);
  auto const fd = make_memfd("quoit-ring", size);
  return std::make_shared<mapped_memory>(object{fd.get()}, size);
}

std::string memfd::name() const { return "memfd"; }

temporary_file::temporary_file(std::string directory) : directory_(directory_or_default(std::move(directory))) {}

std::shared_ptr<memory> temporary_file::make(std::size_t size) const {
  require_pages(size);
  sys::require_memory(0, size, 2 * size);
  error_facts facts{.doing = "make a file without a name (O_TMPFILE)",
                    .path = directory_,
                    .expected = fmt::format("room for {} bytes", size)};
  sys::descriptor const fd(sys::open_at(AT_FDCWD, directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!fd) {
    facts.advice = "name a directory that exists and is on a file system with O_TMPFILE";
    fail_errno(std::move(facts));
  }
  take_all(fd.get(), size, std::move(facts));
  return std::make_shared<mapped_memory>(object{fd.get()}, size);
}

std::string temporary_file::name() const { return fmt::format("temporary_file in {}", directory_); }

std::shared_ptr<memory> system_v::make(std::size_t size) const {
  require_pages(size);
  sys::require_memory(size, 0, 2 * size);
  segment_id const segment(size);
  return std::make_shared<mapped_memory>(object{segment.get(), true}, size);
}

std::string system_v::name() const { return "system_v"; }

std::vector<availability> available() {
  std::vector<availability> all;
  auto const attempt = [&](maker const& m) {
    try {
      m.make(sys::page_size());
      all.push_back({m.name(), true, {}});
    } catch (error const& e) {
      all.push_back({m.name(), false, e.what()});
    }
  };
  attempt(memfd());
  attempt(temporary_file());
  attempt(system_v());
  attempt(remap_pages());
  attempt(heap());
  return all;
}

}  // namespace quoit::mirror
