#pragma once

namespace holdem {

// Work that can take long asks now and then whether it is to go on, by check_interrupts(). Who
// answers is the host of the core: Python runs its signal handlers meanwhile, and what one of them
// raises is thrown through the work, back to Python.
void set_interrupt_handler(void (*handler)());

// Calls the handler, at most some twenty times a second for each thread.
void check_interrupts();

// Makes asking cheap enough for small steps of work: only every so many look at the clock.
class InterruptTicker {
 public:
  explicit InterruptTicker(unsigned steps_between = 1024) : steps_between_(steps_between) {}
  // Returns whether this step has asked.
  bool tick() {
    if (++steps_ < steps_between_) [[likely]]
      return false;
    steps_ = 0;
    check_interrupts();
    return true;
  }

 private:
  unsigned steps_between_;
  unsigned steps_ = 0;
};

}  // namespace holdem
