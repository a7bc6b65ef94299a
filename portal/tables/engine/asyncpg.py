"""PostgreSQL through a pool: a connection taken for a transaction goes back to it, however that ends."""

import asyncio
from typing import Any

from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections

from portal.tables.engine import see_through, set_going


class PostgresDatabase(AsyncpgDBClient):
    def _in_transaction(self) -> TransactionContext:
        return _Transaction(TransactionWrapper(self), self._pool_init_lock)


class _Transaction(TransactionContextPooled):
    client: TransactionWrapper
    patience_ms: int | None = None

    async def __aenter__(self) -> TransactionalDBClient:
        await self.ensure_connection()
        self.client._connection = await self._pool.acquire()
        begun = set_going(self._begin())
        try:
            await asyncio.shield(begun)
        except BaseException:
            set_going(self._undo(begun))
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def _begin(self) -> None:
        await self.client.begin()
        if self.patience_ms is not None:  # of nought PostgreSQL makes "for ever"
            await self.client.execute_script(f"SET LOCAL lock_timeout = {max(self.patience_ms, 1)}")

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        get_connections().reset(self.token)
        await see_through(self._finish(kept=exc_val is None), after=exc_val)

    async def _finish(self, *, kept: bool) -> None:
        try:
            if not self.client._finalized:
                await (self.client.commit() if kept else self.client.rollback())
        finally:
            await self._let_go()

    async def _undo(self, begun: asyncio.Task[None]) -> None:
        await asyncio.wait([begun])
        try:
            if begun.exception() is None:
                await self.client.rollback()
        finally:
            await self._let_go()

    async def _let_go(self) -> None:
        await self._pool.release(self.client._connection)

    @property
    def _pool(self) -> Any:
        return self.client._parent._pool


client_class = PostgresDatabase
