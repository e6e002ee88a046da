import Dispatch

/// Runs the reading of images on threads of its own. Reading takes its thread for a tenth of a second
/// and more, and tasks that serve a page would wait for one.
final class ReadingExecutor: TaskExecutor {
  static let shared = ReadingExecutor()

  private let queue = DispatchQueue(label: "reading", attributes: .concurrent)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
