// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

#include "registry/directory.hpp"
#include "system/deadline.hpp"

namespace quoit::registry {

/// Tells when names appear in the registry directory.
class names_watch {
 public:
  names_watch();

  /// Waits until something has appeared since the construction or the last wait, or the time is over. May return
  /// early.
  void wait(sys::deadline const& limit);

  std::string const& path() const noexcept { return dir_.path(); }

 private:
  directory dir_;
  sys::descriptor events_;
};

}  // namespace quoit::registry
